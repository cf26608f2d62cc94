import type { Finding, RollbackPoint } from '@backstay/deployment';
import type { Action, Plan } from '@backstay/document';
import type { StepContext } from './context.ts';
import type { StepDeployment } from './deployment.ts';
import type { StepEnd } from './end.ts';
import type { Interruption, RollbackTask, StepOf, StepTask } from './task.ts';

/** What looks at a plan before anything is changed. */
export interface Preflight {
  readonly context: StepContext;
  readonly deployment: StepDeployment;
  readonly detach: AbortSignal;
}

/** What is recorded of the present before the first step, so that a rollback can put it back. */
export type Captured = Partial<Pick<RollbackPoint, 'backupStep' | 'weights'>>;

/**
 * All that performs one kind of step. What the language knows of it is in `libs/document/src/steps`.
 * A kind without `run` is not a step of a plan, one without `undo` none of a rollback.
 */
export interface StepKind<Act extends Action> {
  /** Looks at what a step of a plan, or of its rollback, will use; nothing is changed. */
  preflight?(step: StepOf<Act>, preflight: Preflight): Promise<readonly Finding[]>;
  /** The same where a succeeded deployment is taken back, which performs no step of its plan again. */
  preflightBack?(step: StepOf<Act>, preflight: Preflight): Promise<readonly Finding[]>;
  /** Before the first step of all, with the plan's steps of this kind. */
  capture?(steps: readonly StepOf<Act>[], preflight: Preflight): Promise<Captured>;
  /** Performs a step of the plan; doing it again after a crash ends the same. */
  run?(task: StepTask<Act>): Promise<StepEnd>;
  /** Performs a step of a rollback. */
  undo?(task: RollbackTask<Act>): Promise<StepEnd>;
  /** What became of an act whose end nobody saw; without it, that stays unknown. */
  probe?(task: StepTask<Act>, end: StepEnd): Promise<StepEnd>;
  /** Ends what still acts and reports how it ended; without it, and where it returns nothing, a step has ended with its handler. */
  interrupt?(task: Interruption<Act>): StepEnd | undefined | Promise<StepEnd>;
}

/** Whether a step is performed in the environment of its plan. */
export function isHere(
  { onlyIn }: Pick<StepOf<Action>, 'onlyIn'>,
  { environment }: Pick<Plan, 'environment'>,
): boolean {
  return onlyIn === undefined || onlyIn.includes(environment);
}
