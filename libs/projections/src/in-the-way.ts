import {
  measuresOf,
  quarantineOf,
  type EnvironmentState,
  type PreflightPhase,
  type ReleaseRef,
} from '@backstay/deployment';
import { counted, isWithinWindows, nextOpening, type Blocker, type Plan } from '@backstay/document';
import { listed } from './text.ts';

/** What blocks a plan now, and what would become of a request: it would wait, or be rejected. */
export interface InTheWay extends Blocker {
  readonly effect: 'held' | 'rejected';
  /** When what it would wait for comes, where that is known; ISO 8601. */
  readonly opens?: string;
  /** The profile allows overriding it with a reason. */
  readonly overridable?: true;
}

/** What only the preflight of a phase can find out, because it asks the live world. */
export interface LeftToPreflight {
  readonly phase: PreflightPhase;
  readonly message: string;
}

export const rejected = (blocker: Blocker): InTheWay => ({ ...blocker, effect: 'rejected' });
export const held = (blocker: Blocker): InTheWay => ({ ...blocker, effect: 'held' });

export interface Looked {
  /** ISO 8601. */
  readonly at: string;
  readonly rehearse?: boolean;
}

/** What the environment has against the plan at a moment. */
export function environmentInTheWay(
  plan: Plan,
  state: EnvironmentState,
  { at, rehearse = false }: Looked,
): readonly InTheWay[] {
  const others = othersFirst(plan, state);
  // Whoever is before it may bring a version that it can go back to.
  const lacksTarget = rehearse && state.running === null && others.length === 0;
  return [
    ...closedWindow(plan, at),
    ...others,
    ...[
      ...quarantine(plan, state),
      ...unknownRunning(state),
      ...rollbackBlockers(plan, state),
      ...(lacksTarget ? [{ code: 'rollback-target', message: nothingToGoBackTo(plan) }] : []),
    ].map((blocker) => withConsent(plan, blocker)),
  ];
}

/** Why a rehearsal is not had where nothing is recorded to run. */
export const nothingToGoBackTo = ({ service, environment }: Pick<Plan, 'service' | 'environment'>): string =>
  `a rehearsal goes back to what ran before, and nothing is recorded to run as ${service} in ${environment}: deploy a version there first, or adopt the one that runs`;

function closedWindow({ scope: { windows } }: Plan, at: string): InTheWay[] {
  if (isWithinWindows(windows, at)) return [];
  const opens = nextOpening(windows, at);
  const when = opens === null ? '' : `; it opens next at ${opens}`;
  const message = `it begins only in its window: ${windows.join(' or ')}${when}`;
  return [{ ...held({ code: 'outside-window', message }), ...(opens === null ? {} : { opens }) }];
}

function othersFirst({ service, environment, queue: order }: Plan, { holder, queue }: EnvironmentState): InTheWay[] {
  const winner = holder ?? queue[0];
  if (winner === undefined) return [];
  const does = holder === null ? 'is first in the queue for' : 'holds';
  const waiting = holder === null ? queue.length - 1 : queue.length;
  const after =
    waiting === 0
      ? ''
      : `; ${counted(waiting, 'other deployment')} queued${order === 'latest' ? ', which this one would supersede' : ''}`;
  const message = `deployment ${winner} ${does} ${service} in ${environment}${after}`;
  return [held({ code: 'environment-held', message })];
}

function quarantine(plan: Plan, state: EnvironmentState): Blocker[] {
  const { version, environment } = plan;
  const why = quarantineOf(state, version);
  if (why === undefined) return [];
  const message = `version ${version} is quarantined in ${environment}: ${why}; ${howToLift(plan, version)}`;
  return [{ code: 'quarantined', message }];
}

/** What a person does about a quarantine, for the messages that report one. */
export function howToLift({ service, environment }: Pick<Plan, 'service' | 'environment'>, version: string): string {
  return `\`backstay lift ${service} ${version} -e ${environment} --reason …\` lifts it`;
}

function unknownRunning({ uncertain }: EnvironmentState): Blocker[] {
  if (uncertain === null) return [];
  const message = `deployment ${uncertain} ended half way and nobody recorded what runs now: adopt what runs`;
  return [{ code: 'unknown-running', message }];
}

/** What runs is what a rollback goes back to. */
function rollbackBlockers(plan: Plan, state: EnvironmentState): Blocker[] {
  const { running, verifiedGood } = state;
  if (running === null) return [];
  const { version } = running;
  const code = 'rollback-target';
  return [
    ...(isSame(running, verifiedGood)
      ? []
      : [{ code, message: `${version} runs and was never verified good here; adopt it first` }]),
    ...(quarantineOf(state, version) === undefined
      ? []
      : [{ code, message: `${version} runs and is quarantined here; ${howToLift(plan, version)}` }]),
  ];
}

const isSame = (one: ReleaseRef, other: ReleaseRef | null): boolean =>
  one.version === other?.version && one.release === other.release;

function withConsent({ overridable = [] }: Plan, blocker: Blocker): InTheWay {
  return { ...rejected(blocker), ...(overridable.includes(blocker.code) ? { overridable: true } : {}) };
}

/** What nobody knows before the preflight has asked, by the phase that asks. */
export function leftToPreflight(plan: Plan): readonly LeftToPreflight[] {
  const { dependencies, delivery, monitoring } = plan;
  const names = [...new Set([...plan.secrets.flatMap((each) => each.names), ...providedBy(plan)])];
  const execution = [
    ...(names.length === 0 ? [] : [`whether ${listed(names)} ${names.length === 1 ? 'is' : 'are'} provided`]),
    ...(dependencies.length === 0 ? [] : [`the live state of ${listed(dependencies.map(({ title }) => title))}`]),
    'reports and logs that steps read, disk, tools and channels of notices',
    ...(delivery === null ? [] : [`whether the release to go back to is still below ${delivery.root}`]),
  ];
  const checks = plan.smokeTests.length + plan.healthChecks.length;
  const { metrics, dashboards } = monitoring;
  return [
    { phase: 'execution', message: execution.join('; ') },
    ...(checks === 0
      ? []
      : [
          {
            phase: 'verification' as const,
            message: `whether what ${counted(checks, 'check')} call is allowed and responds`,
          },
        ]),
    ...(metrics.length + dashboards.length === 0
      ? []
      : [
          {
            phase: 'monitoring' as const,
            message: `whether ${counted(metrics.length, 'metric')} and ${counted(dashboards.length, 'dashboard')} respond, and what is normal`,
          },
        ]),
    ...missingLimits(plan).map((message) => ({ phase: 'monitoring' as const, message })),
  ];
}

/** A share of the CPU or of memory is one of a limit; where the profile names none, a control group of the service has to. */
function missingLimits(plan: Plan): string[] {
  const { limits } = plan.monitoring;
  const shares = new Set(measuresOf(plan).flatMap(({ metric, unit }) => (unit === 'ratio' ? [metric] : [])));
  const missing = [
    ...(shares.has('cpu') && limits.cores === null ? ['limits.cores'] : []),
    ...(shares.has('memory') && limits.memoryBytes === null ? ['limits.memory'] : []),
  ];
  return missing.map(
    (name) =>
      `whether a control group of the service says ${name}, which the profile does not; without it the request is rejected`,
  );
}

const providedBy = ({ environmentVariables }: Plan): string[] =>
  environmentVariables.flatMap(({ name, from, secret }) => (from === 'value' ? [] : [secret ?? name]));
