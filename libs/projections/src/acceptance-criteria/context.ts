import type { Plan, Step } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { summaryOfEvent } from '../audit-trail/index.ts';
import { summaryOf } from '../deployment-summary/index.ts';
import { allOf, knownFacts, lastOf, type DeploymentRecord, type Evidenced, type FactOf } from '../facts.ts';
import { procedureEntryOf, type ProcedureEntry } from '../procedure-history.ts';
import { plannedSteps } from '../steps.ts';

/** All that the rules look at. */
export interface Context {
  readonly plan: Plan;
  readonly facts: readonly DeploymentRecord[];
  readonly ended: boolean;
  /** How other deployments of the service went. */
  readonly history: readonly ProcedureEntry[];
  /** How this one goes. */
  readonly own: ProcedureEntry | null;
  readonly measurements: readonly RecordedEvent[];
  /** ISO 8601, for what must not be too long ago. */
  readonly now: string;
}

/** null while there is no plan. */
export function contextOf(
  events: readonly RecordedEvent[],
  history: readonly ProcedureEntry[],
  now: string,
  measurements: readonly RecordedEvent[],
): Context | null {
  const facts = knownFacts(events);
  const plan = lastOf(facts, 'PlanDrafted')?.data.plan;
  if (plan === undefined) return null;
  const own = procedureEntryOf(events);
  const others = history.filter(
    ({ service, deployment }) => service === plan.service && deployment !== own?.deployment,
  );
  return { plan, facts, own, history: others, measurements, now, ended: summaryOf(events)?.finishedAt !== undefined };
}

export const proof = (fact: RecordedEvent, summary: string = summaryOfEvent(fact)): Evidenced => ({
  eventId: fact.id,
  summary,
});

export type StepEnd = FactOf<'StepSucceeded' | 'StepFailed'>;

/** How a step ended last; a person who resolved it does not change what was found. */
export function lastEndOf({ facts }: Context, { id }: Step): StepEnd | undefined {
  return allOf(facts, 'StepSucceeded', 'StepFailed').findLast(({ data }) => data.step === id);
}

export function stepsWhere({ facts }: Context, isWanted: (action: Step['action']) => boolean): readonly Step[] {
  return plannedSteps(facts).filter(({ action, stage }) => stage !== 'rollback' && isWanted(action));
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
  readonly summary: string;
}

type Dictionary = Readonly<Record<string, unknown>>;
const isDictionary = (value: unknown): value is Dictionary => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `result.evidence` of a step: `{ reader, verdict, attested, summary, facts, files }`. */
export function evidenceOf({ data }: StepEnd): ReadEvidence | null {
  const evidence = data.result?.['evidence'];
  if (!isDictionary(evidence)) return null;
  return {
    verdict: text(evidence['verdict']),
    attested: evidence['attested'] === true,
    summary: text(evidence['summary']),
  };
}

/** `result.documentation` of a step: `[{ line, text, verdict, summary }]`. */
export function judgedLinesOf({ data }: StepEnd): readonly JudgedLine[] {
  const list = data.result?.['documentation'];
  return (Array.isArray(list) ? (list as readonly unknown[]) : [])
    .filter(isDictionary)
    .map((each) => ({ line: Number(each['line']), verdict: text(each['verdict']), summary: text(each['summary']) }));
}
