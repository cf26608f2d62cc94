import type { OutputRef } from '@backstay/deployment';
import type { Action, Stage, Step } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { allOf, knownRecords, lastOf, type DeploymentRecord, type RecordOf } from './events.ts';
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

/** The events that move a step to its present status. */
export const stepRecordTypes = [
  'StepStarted',
  'StepResumed',
  'StepSucceeded',
  'StepFailed',
  'StepInterrupted',
  'StepUnknown',
  'StepSkipped',
  'StepResolved',
] as const;
type StepRecord = RecordOf<(typeof stepRecordTypes)[number]>;
type StepEndRecord = RecordOf<'StepSucceeded' | 'StepFailed' | 'StepInterrupted' | 'StepUnknown'>;
type StepProgress = Pick<StepView, 'status' | 'reason' | 'attempts'>;

/** Every step of the plan and of the rollback, with each of its attempts, begun or not. Empty while there is no plan. */
export function steps(events: readonly RecordedEvent[]): readonly StepView[] {
  const records = knownRecords(events);
  const progress = progressByStep(records);
  const summary = summaryOf(events);
  const ended = summary?.finishedAt !== undefined;
  const over = summary !== null && isOver(summary);
  const unbegun = (stage: Stage): StepProgress => ({
    status: (stage === 'rollback' ? ended : over) ? 'not-reached' : 'pending',
    reason: null,
    attempts: [],
  });
  return plannedSteps(records).map(({ id, stage, number, title, action, source }) => ({
    id,
    stage,
    number,
    title,
    action,
    line: source.line,
    ...(progress.get(id) ?? unbegun(stage)),
  }));
}

/** The steps of the plan and then those of the rollback. */
export function plannedSteps(records: readonly DeploymentRecord[]): readonly Step[] {
  const plan = lastOf(records, 'PlanDrafted')?.data.plan.steps ?? [];
  return [...plan, ...(lastOf(records, 'RollbackPlanned')?.data.steps ?? [])];
}

function progressByStep(records: readonly DeploymentRecord[]): ReadonlyMap<string, StepProgress> {
  const progress = new Map(Object.entries(inherited(records)));
  for (const record of allOf(records, ...stepRecordTypes)) {
    const { step } = record.data;
    progress.set(step, evolveStep(progress.get(step) ?? { status: 'pending', reason: null, attempts: [] }, record));
  }
  return progress;
}

/** What an earlier deployment did is known by its outcome; its attempts stand in its own stream. */
function inherited(records: readonly DeploymentRecord[]): Readonly<Record<string, StepProgress>> {
  const from = lastOf(records, 'PlanDrafted')?.data.inherited;
  if (from == null) return {};
  const reason = `done by deployment ${from.deployment}`;
  return Object.fromEntries(
    Object.values(from.steps).map(({ step, status }) => [step, { status, reason, attempts: [] }]),
  );
}

function evolveStep(progress: StepProgress, record: StepRecord): StepProgress {
  switch (record.type) {
    case 'StepStarted':
      return { status: 'running', reason: null, attempts: [...progress.attempts, begun(record)] };
    case 'StepResumed':
      return {
        ...progress,
        attempts: progress.attempts.map((each) =>
          each.attempt === record.data.attempt ? { ...each, host: record.data.host } : each,
        ),
      };
    case 'StepSkipped':
      return { ...progress, status: 'skipped', reason: record.data.reason };
    case 'StepResolved':
      return { ...progress, ...resolved(record) };
    default:
      return { ...progress, ...ended(progress.attempts, record) };
  }
}

function begun({ data: { attempt, host, at } }: RecordOf<'StepStarted'>): StepAttempt {
  return { attempt, host, startedAt: at, endedAt: null, outcome: null, reason: null, output: null, result: null };
}

function resolved({
  data: { outcome, by, reason },
}: RecordOf<'StepResolved'>): Pick<StepProgress, 'status' | 'reason'> {
  const status = ({ completed: 'succeeded', failed: 'failed', retry: 'retrying' } as const)[outcome];
  return { status, reason: `${by} resolved it as ${outcome}: ${reason}` };
}

const outcomes = {
  StepSucceeded: 'succeeded',
  StepFailed: 'failed',
  StepInterrupted: 'interrupted',
  StepUnknown: 'unknown',
} as const;

function ended(attempts: readonly StepAttempt[], record: StepEndRecord): StepProgress {
  const { attempt, at, output = null, result = null } = record.data;
  const outcome = outcomes[record.type];
  const reason = record.type === 'StepSucceeded' ? null : record.data.reason;
  const end = { endedAt: at, outcome, reason, output, result };
  const retries = record.type === 'StepFailed' && record.data.willRetryAt !== null;
  const all = attempts.map((each) => (each.attempt === attempt ? { ...each, ...end } : each));
  return { status: retries ? 'retrying' : outcome, reason, attempts: all };
}
