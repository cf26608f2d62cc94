import type { AuditEntry } from '@backstay/api-contract';

export type StepState = 'waiting' | 'running' | 'retrying' | 'done' | 'failed' | 'interrupted' | 'unknown' | 'skipped';

export interface StepProgress {
  readonly id: string;
  readonly stage: StageName;
  readonly title: string;
  readonly state: StepState;
  readonly attempt?: number;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly reason?: string;
  /** Of the document. */
  readonly line?: number;
}

export type StageName = 'pre' | 'deploy' | 'post' | 'rollback';

export interface CheckProgress {
  readonly purpose: string;
  readonly kind: string;
  readonly title: string;
  readonly passed: boolean;
  readonly attempts: number;
  readonly observed: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  readonly line?: number;
}

/** How far a deployment has come, as its recorded events show. */
export interface Progress {
  readonly steps: readonly StepProgress[];
  readonly checks: readonly CheckProgress[];
  /** How many smoke tests and health checks the plan has. */
  readonly expectedChecks: number;
  readonly watchUntil?: string;
  /** Absent: it has not begun. `ended`: by something other than what it measured, before its time. */
  readonly watch?: 'running' | 'passed' | 'failed' | 'ended';
  readonly trigger?: { readonly reason: string; readonly at: string };
}

const nothing: Progress = { steps: [], checks: [], expectedChecks: 0 };

/** Folds the events of one deployment, oldest first, onto what stands before them. Events of an unknown type change nothing. */
export const progressOf = (entries: readonly AuditEntry[], before: Progress = nothing): Progress =>
  entries.reduce(fold, before);

function fold(progress: Progress, entry: AuditEntry): Progress {
  const apply = rules[entry.type];
  return apply ? apply(progress, entry.data as unknown as Data, entry) : progress;
}

/** The fields that are read here; each event type has some of them. */
interface Data {
  readonly step: string;
  readonly at?: string;
  readonly attempt?: number;
  readonly reason?: string;
  readonly outcome?: string;
  readonly willRetryAt?: string | null;
  readonly plan: {
    readonly steps?: readonly PlannedStep[];
    smokeTests?: readonly unknown[];
    healthChecks?: readonly unknown[];
  };
  readonly steps?: readonly PlannedStep[];
  readonly purpose: string;
  readonly kind: string;
  readonly title: string;
  readonly passed: boolean;
  readonly attempts?: number;
  readonly observed?: Readonly<Record<string, unknown>>;
  readonly line?: number | null;
  readonly until?: string;
}

interface PlannedStep {
  readonly id: string;
  readonly stage: StageName;
  readonly title: string;
  readonly source?: { readonly line?: number };
}

type Rule = (progress: Progress, data: Data, entry: AuditEntry) => Progress;

const ended =
  (state: StepState): Rule =>
  (progress, { step, at, reason, attempt }, { time }) =>
    change(progress, step, { state, endedAt: at ?? time, reason, attempt });

const rules: Readonly<Record<string, Rule>> = {
  PlanDrafted: (progress, { plan }) => ({
    ...progress,
    steps: (plan.steps ?? []).map(waiting),
    expectedChecks: (plan.smokeTests?.length ?? 0) + (plan.healthChecks?.length ?? 0),
  }),
  RollbackPlanned: (progress, { steps = [] }) => ({
    ...progress,
    steps: [...progress.steps.filter(({ stage }) => stage !== 'rollback'), ...steps.map(inRollback)],
  }),
  StepStarted: (progress, { step, at, attempt }, { time }) =>
    change(progress, step, { state: 'running', startedAt: at ?? time, endedAt: undefined, attempt, reason: undefined }),
  StepSucceeded: ended('done'),
  StepFailed: (progress, data, entry) => ended(data.willRetryAt ? 'retrying' : 'failed')(progress, data, entry),
  StepInterrupted: ended('interrupted'),
  StepUnknown: ended('unknown'),
  StepSkipped: ended('skipped'),
  StepConfirmed: ended('done'),
  StepResolved: (progress, data, entry) =>
    data.outcome === 'retry' ? progress : ended(data.outcome === 'failed' ? 'failed' : 'done')(progress, data, entry),
  SmokeTestPassed: checked,
  SmokeTestFailed: checked,
  HealthCheckPassed: checked,
  HealthCheckFailed: checked,
  WatchStarted: (progress, { until }) => ({ ...progress, watchUntil: until, watch: 'running' }),
  MonitoringPassed: (progress) => ({ ...progress, watch: 'passed' }),
  MonitoringFailed: (progress) => ({ ...progress, watch: 'failed' }),
  DegradationDetected: (progress) => ({ ...progress, watch: 'failed' }),
  DeploymentSucceeded: (progress) => (progress.watch === undefined ? progress : { ...progress, watch: 'passed' }),
  DeploymentCancelled: endedEarly,
  DeploymentHalted: endedEarly,
  DeploymentAbandoned: endedEarly,
  RollbackTriggered: (progress, { reason = '', at }, { time }) => ({
    ...endedEarly(progress),
    trigger: { reason, at: at ?? time },
  }),
};

function endedEarly(progress: Progress): Progress {
  return progress.watch === 'running' ? { ...progress, watch: 'ended' } : progress;
}

const waiting = ({ id, stage, title, source }: PlannedStep): StepProgress => ({
  id,
  stage,
  title,
  state: 'waiting',
  line: source?.line,
});

const inRollback = (step: PlannedStep): StepProgress => waiting({ ...step, stage: 'rollback' });

/** A step that no plan named is shown all the same: what happened is more than what was planned. */
function change(progress: Progress, id: string, to: Partial<StepProgress>): Progress {
  const known = progress.steps.some((step) => step.id === id);
  const steps = known ? progress.steps : [...progress.steps, waiting({ id, stage: stageOf(id), title: id })];
  return { ...progress, steps: steps.map((step) => (step.id === id ? { ...step, ...to } : step)) };
}

function stageOf(id: string): StageName {
  const stage = id.split('.')[0];
  return stage === 'pre' || stage === 'deploy' || stage === 'post' ? stage : 'rollback';
}

function checked(progress: Progress, data: Data): Progress {
  const { purpose, kind, title, passed, attempts = 1, observed = {}, reason, line } = data;
  const check = { purpose, kind, title, passed, attempts, observed, reason, line: line ?? undefined };
  const others = progress.checks.filter(
    (each) => each.purpose !== purpose || each.kind !== kind || each.title !== title,
  );
  return { ...progress, checks: [...others, check] };
}
