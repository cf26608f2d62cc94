import type { Step } from '@backstay/document';
import type { Phase } from './phase.ts';
import type { Executing, Monitoring, RollingBack, Run, Running, StepRecord, Verifying } from './state.ts';

/** Whose craft a step is. */
export function performerOf(step: Step): Phase {
  if (step.stage === 'rollback') return 'rollback';
  if (step.action.kind !== 'section') return 'execution';
  if (step.action.section === 'dashboards') return 'monitoring';
  return step.action.section === 'documentation' ? 'execution' : 'verification';
}

const settled: readonly StepRecord['status'][] = ['succeeded', 'skipped'];

export function isDone(run: Pick<Run, 'steps'>, step: Step): boolean {
  const record = run.steps[step.id];
  return record !== undefined && (settled.includes(record.status) || (record.status === 'failed' && step.onFailure === 'continue'));
}

/** The steps that are to be performed in this status, in order. */
export function agenda(state: Running): readonly Step[] {
  if (state.status === 'rolling-back') return state.rollback?.steps ?? [];
  const { steps } = state.drafted.plan;
  return steps.filter(({ stage }) => (state.status === 'executing' ? stage !== 'post' : stage === 'post'));
}

export function nextStep(state: Running): Step | undefined {
  return state.status === 'monitoring' ? undefined : agenda(state).find((step) => !isDone(state, step));
}

/** The step that runs now; there is at most one. */
export function openStep(run: Pick<Run, 'steps'>): StepRecord | undefined {
  return Object.values(run.steps).find(({ status }) => status === 'running');
}

/** Whether anything that changes the world was at least begun. */
export function hasMutated(run: Pick<Run, 'steps'>): boolean {
  return Object.values(run.steps).some(({ mutates }) => mutates);
}

/** Whether a step was begun after which there is no automatic way back. */
export function isPastIrreversible(state: Executing | Verifying | Monitoring | RollingBack): boolean {
  return state.drafted.plan.steps.some((step) => step.irreversible && state.steps[step.id] !== undefined && state.steps[step.id]?.status !== 'skipped');
}

/** Completed mutating steps, last first; deployer steps also when they were only begun, because their inverse is idempotent. */
export function undoList(plan: { readonly steps: readonly Step[] }, records: Readonly<Record<string, StepRecord>>): readonly Step[] {
  return plan.steps
    .filter((step) => step.mutates && isUndoable(step, records[step.id]))
    .sort((a, b) => (records[b.id]?.order ?? 0) - (records[a.id]?.order ?? 0));
}

function isUndoable(step: Step, record: StepRecord | undefined): boolean {
  if (record === undefined || record.status === 'skipped') return false;
  return record.status === 'succeeded' || step.undo?.kind === 'deployer';
}
