import { kindOf, servingOf, undoKindOf, type Step } from '@backstay/document';
import type { Phase } from './phase.ts';
import type { Drafted, Run, Running } from './state.ts';
import type { StepRecord } from './values.ts';

/** The items that a person resolves when no step asks: the closing round of checks, and the watch. */
export const checksItem = 'checks';
export const watchItem = 'watch';
/** The version that runs, which is watched before anything new serves. */
export const runningVersionItem = 'running-version';

/** The phase that performs a step. */
export function phaseOfStep(step: Step): Phase {
  if (step.stage === 'rollback') return 'rollback';
  return kindOf(step.action).phase(step.action);
}

/** The phase that performs the step of this id, also after the end: a rollback's steps are known by their name alone. */
export function phaseOfStepId(drafted: Drafted | null, id: string): Phase | null {
  if (isRollbackStep(id)) return 'rollback';
  const step = drafted?.plan.steps.find((each) => each.id === id);
  return step === undefined ? null : phaseOfStep(step);
}

export function isRollbackStep(id: string): boolean {
  return id.startsWith('rollback.');
}

/** Why a step is nobody's to perform here; null: it is to be performed. */
export function skipReason(
  { drafted }: { readonly drafted: Pick<Run['drafted'], 'plan'> },
  { onlyIn, action }: Step,
): string | null {
  const why = kindOf(action).skips(action);
  if (why !== undefined) return why;
  const { environment } = drafted.plan;
  return onlyIn === undefined || onlyIn.includes(environment)
    ? null
    : `only in ${onlyIn.join(', ')}; this is ${environment}`;
}

const settled: readonly StepRecord['status'][] = ['succeeded', 'skipped'];

export function isDone(run: Pick<Run, 'steps'>, step: Step): boolean {
  const record = run.steps[step.id];
  return (
    record !== undefined &&
    (settled.includes(record.status) || (record.status === 'failed' && step.onFailure === 'continue'))
  );
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

/** Nothing is begun before it is recorded what to go back to. */
export function awaitsRollbackPoint({ status, rollbackPoint }: Running): boolean {
  return status === 'executing' && rollbackPoint === null;
}

/** The step that runs now; there is at most one. */
export function openStep(run: Pick<Run, 'steps'>): StepRecord | undefined {
  return Object.values(run.steps).find(({ status }) => status === 'running');
}

/** Whether anything that changes the world was at least begun. */
export function hasMutated(run: Pick<Run, 'steps'>): boolean {
  return Object.values(run.steps).some(({ mutates }) => mutates);
}

type Begun = Pick<Run, 'drafted' | 'steps'>;

const begun = ({ drafted, steps }: Begun): readonly Step[] =>
  drafted.plan.steps.filter(({ id }) => steps[id]?.mutates === true);

/**
 * When a step was begun that can change what is served, ISO 8601: from there on a degradation may be of the new version, and what was
 * measured before says nothing of it. Null: none was.
 */
export function armedAt(run: Begun): string | null {
  const times = begun(run).flatMap(({ id, action }) =>
    servingOf(action) === 'untouched' ? [] : (run.steps[id]?.startedAt ?? []),
  );
  return times.toSorted()[0] ?? null;
}

/**
 * From when on what is measured counts, ISO 8601: since a step was begun that can change what is served; before that, since a person had
 * the running version looked at again. Null: all of it.
 */
export function countsFrom(run: Begun & Pick<Run, 'lookedAgainAt'>): string | null {
  return armedAt(run) ?? run.lookedAgainAt;
}

export function mayHaveChangedServed(run: Begun): boolean {
  return armedAt(run) !== null;
}

/** Whether the new version may have served: by the step that makes it serve, or where none says so by any that may. */
export function mayHaveServed(run: Begun): boolean {
  const bringsNew = ({ action }: Step) => servingOf(action) === 'new-version';
  return run.drafted.plan.steps.some(bringsNew) ? begun(run).some(bringsNew) : mayHaveChangedServed(run);
}

/** Whether a step was begun after which there is no automatic rollback. */
export function isPastIrreversible({ drafted, steps }: Pick<Run, 'drafted' | 'steps'>): boolean {
  return drafted.plan.steps.some(
    ({ id, irreversible }) => irreversible && steps[id] !== undefined && steps[id]?.status !== 'skipped',
  );
}

/** Completed mutating steps, last first, and those that were only begun where their undo takes that back too. */
export function undoList(
  plan: { readonly steps: readonly Step[] },
  records: Readonly<Record<string, StepRecord>>,
): readonly Step[] {
  return plan.steps
    .filter((step) => step.mutates && isUndoable(step, records[step.id]))
    .sort((a, b) => (records[b.id]?.order ?? 0) - (records[a.id]?.order ?? 0));
}

function isUndoable(step: Step, record: StepRecord | undefined): boolean {
  if (record === undefined || record.status === 'skipped') return false;
  return record.status === 'succeeded' || (step.undo !== undefined && undoKindOf(step.undo).takesBackBegun);
}
