import {
  deploymentWorkflow,
  environmentWorkflow,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type Effect,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
  type Next,
  type Phase,
} from '@backstay/deployment';
import type { Decider, Fact } from '@backstay/event-sourcing';

/** What the beat must know of an aggregate to run a phase of it. */
export interface Acting<Command, State, Event extends Fact> {
  readonly category: string;
  readonly decider: Decider<Command, State, Event>;
  next(phase: Phase, state: State, now: string): Wanted | null;
  /** The command that records the intent of an effect; null for effects that change nothing outside or carry their own. */
  intent(effect: Effect, at: string, token: number, host: string): Command | null;
  highestToken(phase: Phase, state: State): number;
  /** Nothing is left to do for this phase, ever. */
  isFinished(phase: Phase, state: State, now: string): boolean;
}

export type Wanted = Effect | { readonly kind: 'wait'; readonly until: string };

const wantedOf = (next: Next): Wanted | null => {
  if (next.kind === 'effect') return next.effect;
  return next.kind === 'wait' ? next : null;
};

export const actingDeployment: Acting<DeploymentCommand, DeploymentState, DeploymentEvent> = {
  ...deploymentWorkflow,
  next: (phase, state, now) => wantedOf(deploymentWorkflow.next(phase, state, now)),
  isFinished: (phase, state, now) => deploymentWorkflow.next(phase, state, now).kind === 'complete',
};

export const actingEnvironment: Acting<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  ...environmentWorkflow,
  next: (phase, state, now) => wantedOf(environmentWorkflow.next(phase, state, now)),
  isFinished: (_phase, { adoption }) => adoption === null,
};
