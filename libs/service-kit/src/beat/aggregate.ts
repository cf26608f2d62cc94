import {
  deployment,
  environment,
  isEnded,
  nextOf,
  nextOfEnvironment,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type Effect,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
  type Phase,
} from '@backstay/deployment';
import type { Decider, Fact } from '@backstay/event-sourcing';

/** What the beat must know of an aggregate to run a phase of it. */
export interface Acting<Command, State, Event extends Fact> {
  readonly category: string;
  readonly decider: Decider<Command, State, Event>;
  next(phase: Phase, state: State, now: string): Effect | null;
  /** The command that records the intent of an effect; null for effects that change nothing outside or carry their own. */
  intent(effect: Effect, at: string, token: number, host: string): Command | null;
  highestToken(phase: Phase, state: State): number;
  /** Nothing is left to do for any phase, ever. */
  isFinished(state: State): boolean;
}

export const actingDeployment: Acting<DeploymentCommand, DeploymentState, DeploymentEvent> = {
  category: 'deployment',
  decider: deployment,
  next: nextOf,
  intent: (effect, at, token, host) => {
    if (effect.kind === 'perform-step' && effect.step.action.kind !== 'manual')
      return { type: 'BeginStep', step: effect.step.id, token, host, at };
    if (effect.kind === 'run-checks') return { type: 'BeginChecks', purpose: effect.purpose, token, host, at };
    return null;
  },
  highestToken: (phase, state) => (state.status === 'none' ? 0 : (state.tokens[phase] ?? 0)),
  isFinished: (state) =>
    isEnded(state) &&
    state.unsettled === null &&
    state.owed.length === 0 &&
    Object.values(state.steps).every(({ status }) => status !== 'running'),
};

export const actingEnvironment: Acting<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  category: 'environment',
  decider: environment,
  next: (phase, state) => nextOfEnvironment(phase, state),
  intent: () => null,
  highestToken: () => 0,
  isFinished: ({ adoption }) => adoption === null,
};
