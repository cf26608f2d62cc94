import { Rejection } from '@backstay/event-sourcing';
import type { Phase } from './phase.ts';
import { isEnded, isRunning, type DeploymentState, type Known, type NotRequested, type Running } from './state.ts';

/** Milliseconds after a time, as ISO 8601. Pure: both come from outside. */
export function after(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}

export function isPast(at: string, now: string): boolean {
  return Date.parse(at) <= Date.parse(now);
}

/** Refuses a token that is lower than the highest which this phase has used. */
export function fence(state: Pick<Known, 'tokens'>, phase: Phase, token: number): void {
  const highest = state.tokens[phase] ?? 0;
  if (token < highest)
    throw new Rejection('stale-token', `token ${token} of ${phase} is older than ${highest}`, {
      phase,
      token,
      highest,
    });
}

export function known(state: DeploymentState): Exclude<DeploymentState, NotRequested> {
  if (state.status === 'none') throw new Rejection('not-requested', 'there is no such deployment');
  return state;
}

/** The state as a running one, or a rejection that says what it is instead. */
export function running(state: DeploymentState): Running {
  if (!isRunning(state))
    throw new Rejection('not-running', `the deployment is ${state.status}`, { status: state.status });
  return state;
}

export { isEnded };
