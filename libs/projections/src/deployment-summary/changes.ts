import { checksItem, runningVersionItem, watchItem, type ReleaseRef } from '@backstay/deployment';
import { counted, type Plan } from '@backstay/document';
import type { RecordOf, DeploymentEventType } from '../events.ts';
import { overrideView } from '../overrides.ts';
import { restoresAfter, restoreToCome } from '../restores.ts';
import { reasonOfRejection, sentenceInSummary } from '../sentences.ts';
import { enter, folded, noticed, optionalOf, withProof, stepDone } from './row.ts';
import type { SummaryState } from './summary.ts';

export type Changes = {
  readonly [Type in DeploymentEventType]?: (row: SummaryState, event: RecordOf<Type>) => SummaryState;
};

function withRestored(
  row: SummaryState,
  step: string,
  result: Readonly<Record<string, unknown>> | undefined,
): SummaryState {
  return row.restores === undefined ? row : { ...row, restores: restoresAfter(row.restores, step, result) };
}

/** What takes another one back goes from what that one brought to what ran before it. */
function versionsOf({ kind }: SummaryState, { data }: RecordOf<'PlanDrafted'>): Partial<SummaryState> {
  const { version } = data.plan;
  if (kind !== 'rollback' || data.inherited === null) return { version };
  return { version: data.inherited.rollbackPoint.target?.version ?? null, previousVersion: version };
}

function runsBefore(row: SummaryState, running: ReleaseRef | null): SummaryState {
  return row.kind === 'rollback' ? row : { ...row, previousVersion: running?.version ?? null };
}

const wordless = ({ blockedBy }: Plan): readonly number[] =>
  blockedBy.filter(({ rule }) => rule.kind === 'manual').map(({ source }) => source.line);

/** Where no plan says what it is about, what was asked for does. */
function byRequest(row: SummaryState): SummaryState {
  const { named } = row.fold;
  if (named === undefined) return row;
  const { service, version, environment } = row;
  return {
    ...row,
    service: service ?? named.service,
    version: version ?? named.version,
    environment: environment ?? named.environment,
  };
}

/** A step that was open may still end when the deployment has. */
export const stepChanges: Changes = {
  StepSucceeded: (row, { data }) => withRestored(stepDone(row, data.step), data.step, data.result),
  StepSkipped: (row, { data }) => stepDone(row, data.step),
  StepFailed: (row, { data: { step, willRetryAt, result } }) => {
    // The first of several databases may be restored where the next one could not be.
    const next = withRestored(row, step, result);
    return willRetryAt === null && row.fold.optional.includes(step) ? stepDone(next, step) : next;
  },
};

/** What changes in a deployment that has not ended; that an event ends it is known from the catalogue. */
export const progressChanges: Changes = {
  PlanDrafted: (row, event) => {
    const { plan, digest } = event.data;
    const { service, environment, steps } = plan;
    const total = row.kind === 'rollback' ? 0 : steps.length;
    const next = {
      ...noticed(row, event),
      service,
      environment,
      ...versionsOf(row, event),
      planDigest: digest,
      steps: { done: 0, total },
    };
    return folded(next, { optional: optionalOf(steps), wordless: wordless(plan) });
  },
  CriterionConfirmed: (row, { data }) =>
    folded(row, { wordless: (row.fold.wordless ?? []).filter((line) => line !== data.line) }),
  PreflightRequested: (row, { data }) => runsBefore(row, data.running),
  FindingOverridden: (row, event) => ({ ...row, overrides: [...(row.overrides ?? []), overrideView(event)] }),
  DeploymentPlanned: (row, event) => enter(runsBefore(row, event.data.previous), event, 'executing'),
  DeploymentHeld: (row, event) => {
    const { why, code, duty, step, until } = event.data;
    const sentence = sentenceInSummary(event, row);
    return { ...noticed(row, event), status: 'held', held: { why, code, duty, step, until }, sentence };
  },
  DeploymentReleased: (row, event) => enter({ ...row, held: undefined }, event, row.fold.active),
  StepConfirmed: noticed,
  StepResolved: (row, event) => {
    const { step, outcome, by, reason } = event.data;
    const next = noticed(row, event);
    if (outcome === 'retry') return next;
    if (step === runningVersionItem) return next;
    if (step === checksItem || step === watchItem)
      return outcome === 'completed' ? withProof(next, `${by} took the ${step} as good enough: ${reason}`) : next;
    return outcome === 'completed' || row.fold.optional.includes(step) ? stepDone(next, step) : next;
  },
  ExecutionCompleted: (row, event) => enter(row, event, 'verifying'),
  VerificationPassed: (row, event) => {
    const { smokeTests, healthChecks } = event.data;
    const proof = `${counted(smokeTests, 'smoke test')} and ${counted(healthChecks, 'health check')} passed`;
    return enter(smokeTests + healthChecks > 0 ? withProof(row, proof) : row, event, 'monitoring');
  },
  MonitoringPassed: (row, { data }) => {
    const good = data.metrics.filter(({ verdict }) => verdict === 'pass').length;
    const { checks } = data;
    if (data.metrics.length === 0 && checks !== undefined)
      return withProof(row, `${counted(checks, 'check')} passed to the end of the watch`);
    return withProof(row, `${counted(good, 'metric')} stayed within the limits`);
  },
  RollbackTriggered: (row, event) => {
    if (row.fold.active === 'planning') return row;
    const { reason, trigger } = event.data;
    const rollback = { trigger: trigger.kind, measuredMs: null, estimatedMs: null };
    return enter({ ...row, held: undefined, reason, rollback }, event, 'rolling-back');
  },
  RollbackPlanned: (row, { data }) => {
    const total = data.steps.length;
    const counts = {
      rollbackSteps: { done: 0, total },
      ...(row.kind === 'rollback' ? { steps: { done: 0, total } } : {}),
      ...(data.restores === undefined ? {} : { restores: data.restores.map(restoreToCome) }),
      ...(data.notRestored === undefined ? {} : { notRestored: data.notRestored }),
    };
    return folded({ ...row, ...counts }, { optional: [...row.fold.optional, ...optionalOf(data.steps)] });
  },
  DeploymentRejected: (row, { data }) => ({
    ...byRequest(row),
    reason: reasonOfRejection(data),
    problemCount: data.problems.length,
  }),
  DeploymentRolledBack: (row, { data: { measuredMs, estimatedMs } }) =>
    row.rollback === undefined ? row : { ...row, rollback: { ...row.rollback, measuredMs, estimatedMs } },
};
