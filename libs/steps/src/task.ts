import type { Phase, ReleaseRef, Running, activeState } from '@backstay/deployment';
import type { Action, Step } from '@backstay/document';
import type { StepContext } from './context.ts';
import type { StepDeployment } from './deployment.ts';

/** A deployment's state, whether it is held or not. */
export type ActiveState = ReturnType<typeof activeState>;

export type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export type StepOf<Act extends Action> = Step & { readonly action: Act };

/** One attempt of one step. */
export interface StepTask<Act extends Action = Action> {
  readonly context: StepContext;
  readonly deployment: StepDeployment;
  readonly step: StepOf<Act>;
  readonly state: Running;
  readonly phase: Phase;
  readonly attempt: number;
  /** The fencing token of the lease under which it is performed. */
  readonly token: number;
  /** ISO 8601, of this attempt. */
  readonly startedAt: string;
  /** Aborted when the step must end. */
  readonly unwanted: AbortSignal;
  /** Aborted when this process must let go of the step. */
  readonly detach: AbortSignal;
}

/** A step of a rollback, with what is gone back to; null: nothing ran before. */
export interface RollbackTask<Act extends Action = Action> extends StepTask<Act> {
  readonly state: Extract<Running, { status: 'rolling-back' }>;
  readonly target: ReleaseRef | null;
}

/** A step that somebody else than its own handler ends. */
export interface Interruption<Act extends Action = Action> {
  readonly context: StepContext;
  readonly deployment: StepDeployment;
  readonly step: StepOf<Act>;
  /** Whose handler ends it: its own phase, or the rollback that takes it over. */
  readonly phase: Phase;
  readonly attempt: number;
  readonly token: number;
  /** The host on which the attempt was begun, and this one. */
  readonly begunOn: string;
  readonly host: string;
}

/** The same for every attempt and after every restart. */
export function stepKey(deployment: string, step: string): string {
  return `${deployment}/${step}`;
}

export interface Keyed {
  readonly deployment: Pick<StepDeployment, 'id'>;
  readonly step: Pick<Step, 'id'>;
}

export function keyOf({ deployment, step }: Keyed): string {
  return stepKey(deployment.id, step.id);
}
