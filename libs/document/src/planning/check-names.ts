import type { ServiceProfile } from '../context/profiles.ts';
import type { Plan } from '../plan/plan.ts';
import { commandSchema } from '../plan/values.ts';
import { knownNames, variablesOf } from '../values/variables.ts';
import { escaped } from '../values/json-pointer.ts';
import { reservedBecause } from '../values/reserved-names.ts';
import type { Needs } from './needs.ts';
import type { Report } from '../problems/report.ts';

/** A name by which a plan asks for a value that the platform keeps. */
interface Asked {
  readonly name: string;
  /** The list of the profile that says whether it may. */
  readonly list: 'secrets' | 'variables';
  readonly line: number;
  /** RFC 6901, in the plan. */
  readonly pointer: string;
}

const withRequests = ['baseUrl', 'smokeTests', 'healthChecks', 'dependencies', 'monitoring', 'steps'] as const;
type Asking = Pick<Plan, 'environment' | 'environmentVariables' | 'secrets'> &
  Partial<Pick<Plan, (typeof withRequests)[number]>>;

function askedBy(plan: Asking): Asked[] {
  const { environmentVariables, secrets } = plan;
  return [
    ...undeclaredIn(plan),
    ...environmentVariables.flatMap(({ name, from, secret, source }, index): Asked[] => {
      const at = { line: source.line, pointer: `/environmentVariables/${index}` };
      if (from === 'secret') return [{ name: secret ?? name, list: 'secrets', ...at }];
      return from === 'provided' ? [{ name, list: 'variables', ...at }] : [];
    }),
    ...secrets.flatMap(({ names, source }, index) =>
      names.map((name, at): Asked => ({
        name,
        list: 'secrets',
        line: source.line,
        pointer: `/secrets/${index}/names/${at}`,
      })),
    ),
  ];
}

/** Names in requests and addresses that the plan declares nowhere: they are looked up as secrets. */
function undeclaredIn(plan: Asking): Asked[] {
  const known = knownNames(plan.environmentVariables, plan.secrets);
  const captured = new Set(plan.smokeTests?.flatMap(({ captures }) => Object.keys(captures)));
  const isLookedUp = (name: string): boolean =>
    !known.variables.has(name) && !known.secrets.has(name) && !captured.has(name) && !name.startsWith('smoke.');
  return withRequests.flatMap((part) =>
    namesBelow(plan[part], `/${part}`, 1)
      .filter(({ name }) => isLookedUp(name))
      .map((each): Asked => ({ ...each, list: 'secrets' })),
  );
}

type Named = Pick<Asked, 'name' | 'line' | 'pointer'>;

/** Of steps only requests: a name in a command is one of its shell, or refused as none. */
function namesBelow(value: unknown, pointer: string, line: number): Named[] {
  if (typeof value === 'string') return variablesOf(value).map(({ name }) => ({ name, pointer, line }));
  if (typeof value !== 'object' || value === null || commandSchema.safeParse(value).success) return [];
  const at = (value as { source?: { line?: number } }).source?.line ?? line;
  return Object.entries(value).flatMap(([key, each]) => namesBelow(each, `${pointer}/${escaped(key)}`, at));
}

/** What this plan may not ask for at all: settings of the platform, and values of other environments. */
export function reservedIn(plan: Asking, known?: readonly string[]): (Asked & { readonly message: string })[] {
  return askedBy(plan).flatMap((asked) => {
    const message = reservedBecause(asked.name, [plan.environment], known);
    return message === undefined ? [] : [{ ...asked, message }];
  });
}

/** What the profile's lists leave out; a profile without a list leaves out nothing. */
export function unlistedIn(plan: Asking, profile: ServiceProfile | undefined): Asked[] {
  return askedBy(plan).filter(({ name, list }) => profile?.[list]?.includes(name) === false);
}

export function checkNames(plan: Plan, needs: Needs, report: Report): void {
  const reserved = reservedIn(plan, needs.profile?.others);
  for (const { line, message } of reserved) report.error({ line, column: 1 }, 'reserved-name', message);
  for (const { name, list, line } of unlistedIn(plan, needs.profile))
    needs.profileItem(line, list, name, `the document names it`);
}
