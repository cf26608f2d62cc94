import type { OutputRef } from '@backstay/deployment';
import type { Action, Stage, Step } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { allOf, knownFacts, lastOf, type DeploymentRecord, type FactOf } from './facts.ts';
import { isOver, summaryOf } from './deployment-summary/index.ts';

export type AttemptOutcome = 'succeeded' | 'failed' | 'interrupted' | 'unknown';

/** One try of a step. `endedAt` and `outcome` are null while it runs. */
export interface StepAttempt {
  readonly attempt: number;
  readonly host: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: AttemptOutcome | null;
  readonly reason: string | null;
  readonly output: OutputRef | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** `pending`: not yet begun; `not-reached`: never begun, and the deployment has ended or is taken back. */
export type StepStatus =
  | 'pending'
  | 'not-reached'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'interrupted'
  | 'unknown'
  | 'skipped'
  | 'retrying';

export interface StepView {
  readonly id: string;
  readonly stage: Stage;
  readonly number: number;
  readonly title: string;
  readonly action: Action;
  readonly line: number;
  readonly status: StepStatus;
  /** Why it was skipped, how a person resolved it, or why its last attempt did not succeed. */
  readonly reason: string | null;
  readonly attempts: readonly StepAttempt[];
}

/** The facts by which a step comes to be where it is. */
export const stepFacts = [
  'StepStarted',
  'StepResumed',
  'StepSucceeded',
  'StepFailed',
  'StepInterrupted',
  'StepUnknown',
  'StepSkipped',
  'StepResolved',
] as const;
type StepFact = FactOf<(typeof stepFacts)[number]>;
type StepEndFact = FactOf<'StepSucceeded' | 'StepFailed' | 'StepInterrupted' | 'StepUnknown'>;
type Told = Pick<StepView, 'status' | 'reason' | 'attempts'>;

/** Every step of the plan and of the rollback, with each of its attempts, begun or not. Empty while there is no plan. */
export function steps(events: readonly RecordedEvent[]): readonly StepView[] {
  const facts = knownFacts(events);
  const told = toldByStep(facts);
  const summary = summaryOf(events);
  const ended = summary?.finishedAt !== undefined;
  const over = summary !== null && isOver(summary);
  const unbegun = (stage: Stage): Told => ({
    status: (stage === 'rollback' ? ended : over) ? 'not-reached' : 'pending',
    reason: null,
    attempts: [],
  });
  return plannedSteps(facts).map(({ id, stage, number, title, action, source }) => ({
    id,
    stage,
    number,
    title,
    action,
    line: source.line,
    ...(told.get(id) ?? unbegun(stage)),
  }));
}

/** The steps of the plan and then those of the rollback. */
export function plannedSteps(facts: readonly DeploymentRecord[]): readonly Step[] {
  const plan = lastOf(facts, 'PlanDrafted')?.data.plan.steps ?? [];
  return [...plan, ...(lastOf(facts, 'RollbackPlanned')?.data.steps ?? [])];
}

function toldByStep(facts: readonly DeploymentRecord[]): ReadonlyMap<string, Told> {
  const told = new Map(Object.entries(inherited(facts)));
  for (const fact of allOf(facts, ...stepFacts)) {
    const { step } = fact.data;
    told.set(step, evolveStep(told.get(step) ?? { status: 'pending', reason: null, attempts: [] }, fact));
  }
  return told;
}

/** What an earlier deployment did is known by its outcome; its attempts stand in its own stream. */
function inherited(facts: readonly DeploymentRecord[]): Readonly<Record<string, Told>> {
  const from = lastOf(facts, 'PlanDrafted')?.data.inherited;
  if (from == null) return {};
  const reason = `done by deployment ${from.deployment}`;
  return Object.fromEntries(
    Object.values(from.steps).map(({ step, status }) => [step, { status, reason, attempts: [] }]),
  );
}

function evolveStep(told: Told, fact: StepFact): Told {
  switch (fact.type) {
    case 'StepStarted':
      return { status: 'running', reason: null, attempts: [...told.attempts, begun(fact)] };
    case 'StepResumed':
      return {
        ...told,
        attempts: told.attempts.map((each) =>
          each.attempt === fact.data.attempt ? { ...each, host: fact.data.host } : each,
        ),
      };
    case 'StepSkipped':
      return { ...told, status: 'skipped', reason: fact.data.reason };
    case 'StepResolved':
      return { ...told, ...resolved(fact) };
    default:
      return { ...told, ...ended(told.attempts, fact) };
  }
}

function begun({ data: { attempt, host, at } }: FactOf<'StepStarted'>): StepAttempt {
  return { attempt, host, startedAt: at, endedAt: null, outcome: null, reason: null, output: null, result: null };
}

function resolved({ data: { outcome, by, reason } }: FactOf<'StepResolved'>): Pick<Told, 'status' | 'reason'> {
  const status = ({ completed: 'succeeded', failed: 'failed', retry: 'retrying' } as const)[outcome];
  return { status, reason: `${by} resolved it as ${outcome}: ${reason}` };
}

const outcomes = {
  StepSucceeded: 'succeeded',
  StepFailed: 'failed',
  StepInterrupted: 'interrupted',
  StepUnknown: 'unknown',
} as const;

function ended(attempts: readonly StepAttempt[], fact: StepEndFact): Told {
  const { attempt, at, output = null, result = null } = fact.data;
  const outcome = outcomes[fact.type];
  const reason = fact.type === 'StepSucceeded' ? null : fact.data.reason;
  const end = { endedAt: at, outcome, reason, output, result };
  const retries = fact.type === 'StepFailed' && fact.data.willRetryAt !== null;
  const all = attempts.map((each) => (each.attempt === attempt ? { ...each, ...end } : each));
  return { status: retries ? 'retrying' : outcome, reason, attempts: all };
}
