import { didYouMean } from '../problems/nearest.ts';
import type { EnvironmentVariable } from '../plan/configuration.ts';
import type { Report } from '../problems/report.ts';
import type { Place } from '../markdown/span.ts';

/** Variables that every deployment has. */
export const builtInVariables = [
  'VERSION',
  'ROLLBACK_VERSION',
  'ENVIRONMENT',
  'SERVICE',
  'COMMIT',
  'DEPLOYMENT_ID',
  'STEP_KEY',
] as const;

/** One `${NAME}` of the document. */
export interface Reference {
  readonly name: string;
  readonly at: Place;
  /** In a command, whose arguments everybody on the machine can see. */
  readonly inCommand: boolean;
  /** In a script, which a shell reads and may assign it: nothing needs to declare it. */
  readonly inShell?: boolean;
}

/** The `${NAME}`s of a text with their offsets. */
export function variablesOf(text: string): { name: string; offset: number }[] {
  return [...text.matchAll(/\$\{([^}\s]*)\}/g)].map((found) => ({ name: found[1]!, offset: found.index }));
}

export interface Known {
  readonly variables: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

/** The names that a document may refer to; a variable that holds a secret, also through others, is a secret. */
export function knownNames(
  variables: readonly EnvironmentVariable[],
  secrets: readonly { readonly names?: readonly string[] }[],
): Known {
  const named = variables.filter(({ from }) => from === 'secret').map(({ name }) => name);
  const hidden = holdersOf([...named, ...secrets.flatMap(({ names }) => names ?? [])], variables);
  const open = variables.map(({ name }) => name).filter((name) => !hidden.has(name));
  return { variables: new Set([...builtInVariables, ...open]), secrets: hidden };
}

/** These names, and every written variable whose value refers to one of them, directly or through others. */
export function holdersOf(names: readonly string[], variables: readonly EnvironmentVariable[]): Set<string> {
  const users = new Map<string, string[]>();
  for (const { name, from, value = '' } of variables) {
    if (from !== 'value') continue;
    for (const used of variablesOf(value)) {
      const known = users.get(used.name) ?? [];
      known.push(name);
      users.set(used.name, known);
    }
  }
  const holders = new Set(names);
  for (const name of holders) for (const user of users.get(name) ?? []) holders.add(user);
  return holders;
}

/** Reports the references that nothing declares, and secrets in commands. */
export function checkReferences(references: readonly Reference[], known: Known, report: Report): void {
  for (const { name, at, inCommand, inShell } of references) {
    if (inCommand && known.secrets.has(name)) reportSecret(name, at, report);
    else if (!inShell && !known.variables.has(name) && !known.secrets.has(name)) reportUnknown(name, at, known, report);
  }
}

function reportSecret(name: string, at: Place, report: Report): void {
  const message =
    `\${${name}} is a secret, and arguments are visible to everybody on the machine; ` +
    `leave it out: the command finds it in its environment as ${name}`;
  report.error(at, 'secret-in-argv', message);
}

function reportUnknown(name: string, at: Place, known: Known, report: Report): void {
  const candidates = [...known.variables, ...known.secrets];
  const message = `\${${name}} is declared nowhere; add \`${name}=<what it is>\` to *Required Environment Variables*`;
  report.error(at, 'unknown-variable', `${message}${didYouMean(name, candidates)}`, `${name}=<hint>`);
}
