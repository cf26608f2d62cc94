import type { Plan, Step } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { summaryOfEvent } from '../sentences.ts';
import { isOver, summaryOf } from '../deployment-summary/index.ts';
import { allOf, knownRecords, lastOf, type DeploymentRecord, type Evidenced, type RecordOf } from '../events.ts';
import { procedureEntryOf, type ProcedureEntry } from '../procedure-history.ts';
import { plannedSteps } from '../steps.ts';

/** All that the rules look at. */
export interface Context {
  readonly plan: Plan;
  readonly records: readonly DeploymentRecord[];
  readonly ended: boolean;
  /** Nothing more is deployed, checked or watched: it has ended, or it is taken back. */
  readonly over: boolean;
  /** How other deployments of the service went. */
  readonly history: readonly ProcedureEntry[];
  /** How this one goes. */
  readonly own: ProcedureEntry | null;
  readonly measurements: readonly RecordedEvent[];
  /** ISO 8601; what must not be too long ago is measured from here, and from its end for a deployment that has ended. */
  readonly now: string;
}

/** The word on what was never come to: of a rollback it was not to be. */
export const unreached = ({ own }: Context): 'not-reached' | 'not-needed' =>
  own?.kind === 'rollback' ? 'not-needed' : 'not-reached';

/** null while there is no plan. */
export function contextOf(
  events: readonly RecordedEvent[],
  history: readonly ProcedureEntry[],
  now: string,
  measurements: readonly RecordedEvent[],
): Context | null {
  const records = knownRecords(events);
  const plan = lastOf(records, 'PlanDrafted')?.data.plan;
  if (plan === undefined) return null;
  const own = procedureEntryOf(events);
  const others = history.filter(
    ({ service, deployment }) => service === plan.service && deployment !== own?.deployment,
  );
  const summary = summaryOf(events);
  const over = summary !== null && isOver(summary);
  const { finishedAt } = summary ?? {};
  return {
    plan,
    records,
    own,
    history: others,
    measurements,
    now: finishedAt ?? now,
    ended: finishedAt !== undefined,
    over,
  };
}

export const proof = (record: RecordedEvent, summary: string = summaryOfEvent(record)): Evidenced => ({
  eventId: record.id,
  summary,
});

export type StepEnd = RecordOf<'StepSucceeded' | 'StepFailed'>;

/** How a step ended, that it may still end, or that it never will. */
export type Tried = StepEnd | 'pending' | 'never';

const tries = ['StepStarted', 'StepSucceeded', 'StepFailed', 'StepInterrupted', 'StepUnknown', 'StepResolved'] as const;
type Try = RecordOf<(typeof tries)[number]>;

/** A person who resolved a step does not change what was found; a try that is under way or due is waited for. */
export function triedOf({ records, ended, over }: Context, { id }: Step): Tried {
  const all = allOf(records, ...tries).filter(({ data }) => data.step === id);
  const last = all.at(-1);
  const mayGoOn = last?.type === 'StepStarted' ? !ended : !over && (last === undefined || isTriedAgain(last));
  return mayGoOn ? 'pending' : (all.findLast(isEnd) ?? 'never');
}

const isEnd = (record: Try): record is StepEnd => record.type === 'StepSucceeded' || record.type === 'StepFailed';

function isTriedAgain(last: Try): boolean {
  switch (last.type) {
    case 'StepSucceeded':
      return false;
    case 'StepFailed':
      return last.data.willRetryAt !== null;
    case 'StepResolved':
      return last.data.outcome === 'retry';
    default:
      return true;
  }
}

/** How a step ended last; undefined also while it is tried again. */
export function lastEndOf(context: Context, step: Step): StepEnd | undefined {
  const tried = triedOf(context, step);
  return typeof tried === 'string' ? undefined : tried;
}

/** Steps of the plan that are for this environment. */
export function stepsWhere({ plan, records }: Context, isWanted: (action: Step['action']) => boolean): readonly Step[] {
  return plannedSteps(records).filter(
    ({ action, stage, onlyIn = [plan.environment] }) =>
      stage !== 'rollback' && onlyIn.includes(plan.environment) && isWanted(action),
  );
}

/** Evidence as a step read it; a field that is missing makes it unreadable, never a pass. */
export interface ReadEvidence {
  readonly verdict: string;
  readonly attested: boolean;
  readonly summary: string;
}

/** A line that was judged while its section was worked through. */
export interface JudgedLine {
  readonly line: number;
  readonly verdict: string;
  readonly attested: boolean;
  readonly summary: string;
}

type Dictionary = Readonly<Record<string, unknown>>;
const isDictionary = (value: unknown): value is Dictionary => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `result.evidence` of a step, as recorded. */
export function evidenceOf({ data }: StepEnd): ReadEvidence | null {
  const evidence = data.result?.['evidence'];
  if (!isDictionary(evidence)) return null;
  return {
    verdict: text(evidence['verdict']),
    attested: evidence['attested'] === true,
    summary: text(evidence['summary']),
  };
}

/** `result.documentation` of a step: `[{ line, text, verdict, attested, summary }]`; what does not say so needs no attestation. */
export function judgedLinesOf({ data }: StepEnd): readonly JudgedLine[] {
  const list = data.result?.['documentation'];
  return (Array.isArray(list) ? (list as readonly unknown[]) : []).filter(isDictionary).map((each) => ({
    line: Number(each['line']),
    verdict: text(each['verdict']),
    attested: each['attested'] !== false,
    summary: text(each['summary']),
  }));
}
