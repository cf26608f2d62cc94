import {
  isRunning,
  activeState,
  type DeploymentCommand,
  type DeploymentState,
  type Running,
} from '@backstay/deployment';
import { Rejection } from '@backstay/event-sourcing';
import { Detached, type EffectContext } from '@backstay/service-kit';

export type Context = EffectContext<DeploymentCommand, DeploymentState>;
export type Commands = readonly DeploymentCommand[];

/** @throws {Rejection} when the deployment does not run */
export function runningOf(state: DeploymentState): Running {
  const active = activeState(state);
  if (!isRunning(active)) throw new Rejection('not-running', `the deployment is ${active.status}`);
  return active;
}

/** @throws {Detached} when the work has to be left to the next process that holds the lease */
export function unlessLeft({ detach }: Pick<Context, 'detach'>): void {
  if (detach.aborted) throw new Detached('the lease is lost or the service drains');
}
