import { dutyOf, kindOf } from '@backstay/document';
import type { Decider, DomainEvent } from '@backstay/event-sourcing';
import { deployment, deploymentStream, type DeploymentCommand } from './deployment.ts';
import type { Effect, Next } from './effect.ts';
import { environment } from './environment/environment.ts';
import { nextOfEnvironment } from './environment/next.ts';
import type { EnvironmentCommand } from './environment/commands.ts';
import type { EnvironmentEvent } from './environment/events.ts';
import type { EnvironmentState } from './environment/state.ts';
import type { DeploymentEvent } from './events.ts';
import { nextOfExecution } from './execution/next.ts';
import { nextOfMonitoring } from './monitoring/next.ts';
import type { Phase } from './phase.ts';
import { nextOfPlanning } from './planning/next.ts';
import { nextOfRollback } from './rollback/next.ts';
import type { DeploymentState } from './state.ts';
import { nextOfVerification } from './verification/next.ts';
import { isNews, wokenBy, type Appended, type WakeUp } from './wake-ups.ts';

/** All that a phase worker must know of an aggregate, pure. */
export interface Workflow<Command, State, Event extends DomainEvent> {
  /** Of its streams: `<category>-<id>`. */
  readonly category: string;
  readonly decider: Decider<Command, State, Event>;
  /** What this phase is to do at that time, ISO 8601. */
  next(phase: Phase, state: State, now: string): Next;
  /** The command that records the intent of an effect; null: it changes nothing outside, or records what it does itself. */
  intent(effect: Effect, at: string, token: number, host: string): Command | null;
  /** The highest fencing token that this phase has used; 0: none. */
  highestToken(phase: Phase, state: State): number;
  /** Whether the effect occupies the machine while it runs: commands, builds, transfers, backups, checks. Watches and waits do not. */
  occupies(effect: Effect): boolean;
  /** Whether the command reports that an effect began and that nobody knows its end. */
  isUnknown(command: Command): boolean;
  /** Holds the aggregate until the effect is tried again, at `until`, because the platform cannot perform it; null: it is not held. */
  holdFor(why: string, until: string, at: string): Command | null;
  /** The phases that an append wakes, whichever process made it. */
  wakeUpsOf(appended: Appended<State>): readonly WakeUp[];
}

const nexts: Readonly<Record<Phase, (state: DeploymentState, now: string) => Next>> = {
  planning: nextOfPlanning,
  execution: nextOfExecution,
  verification: nextOfVerification,
  monitoring: nextOfMonitoring,
  rollback: nextOfRollback,
};

export const deploymentWorkflow: Workflow<DeploymentCommand, DeploymentState, DeploymentEvent> = {
  category: 'deployment',
  decider: deployment,
  next: (phase, state, now) => nexts[phase](state, now),
  intent: (effect, at, token, host) => {
    if (effect.kind === 'perform-step' && !dutyOf(effect.step.action))
      return { type: 'BeginStep', step: effect.step.id, token, host, at };
    if (effect.kind === 'run-checks') return { type: 'BeginChecks', purpose: effect.purpose, token, host, at };
    if (effect.kind === 'deliver-notice') {
      const { notice, channel } = effect.notice;
      return { type: 'BeginNotice', notice, channel, token, host, at };
    }
    return null;
  },
  highestToken: (phase, state) => (state.status === 'none' ? 0 : (state.tokens[phase] ?? 0)),
  occupies: (effect) => {
    switch (effect.kind) {
      case 'draft-plan':
      case 'run-checks':
      case 'read-evidence':
        return true;
      case 'probe-preflight':
        // Monitoring measures a baseline meanwhile, which is a watch.
        return effect.phase !== 'monitoring';
      case 'perform-step':
        return kindOf(effect.step.action).occupiesSlot;
      default:
        return false;
    }
  },
  isUnknown: (command) => command.type === 'CompleteStep' && command.outcome.status === 'unknown',
  holdFor: (why, until, at) => ({
    type: 'HoldDeployment',
    code: 'platform-fault',
    why,
    duty: null,
    step: null,
    winner: null,
    until,
    at,
  }),
  wakeUpsOf: ({ stream, events, after, before }) => {
    const hasNews = (phase: Phase): boolean =>
      before === undefined || isNews(nexts[phase](before.state, before.now), nexts[phase](after, before.now));
    return wokenBy(events)
      .filter(hasNews)
      .map((phase) => ({ phase, stream }));
  },
};

export const environmentWorkflow: Workflow<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  category: 'environment',
  decider: environment,
  next: nextOfEnvironment,
  intent: () => null,
  highestToken: () => 0,
  occupies: ({ kind }) => kind === 'adopt-release',
  isUnknown: () => false,
  holdFor: () => null,
  wakeUpsOf: ({ stream, events, after }) => [
    ...wokenBy(events).map((phase) => ({ phase, stream })),
    ...claimantsAfter(events, after).map((id) => ({ phase: 'planning' as const, stream: deploymentStream(id) })),
  ],
};

/** The deployment that may claim the environment now, or who holds it from now on and all who wait for that one then. */
function claimantsAfter(events: readonly DomainEvent[], { holder, queue }: EnvironmentState): readonly string[] {
  if (holder === null) return queue.slice(0, 1);
  return events.some(({ type }) => type === 'EnvironmentClaimed') ? [holder, ...queue] : [];
}
