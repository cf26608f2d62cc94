import { isRunning, activeState, type DeploymentState, type Running } from '@backstay/deployment';
import { Rejection } from '@backstay/event-sourcing';
import { unlessLeft, type DeploymentContext } from '@backstay/service-kit';

/** The deployment under a hold, or itself. @throws {Rejection} when it does not run */
export function runningOf(state: DeploymentState): Running {
  const active = activeState(state);
  if (!isRunning(active)) throw new Rejection('not-running', `the deployment is ${active.status}`);
  return active;
}

/** Aborted when an effect has to end, for whichever reason. */
export const endOf = ({ unwanted, detach }: DeploymentContext): AbortSignal => AbortSignal.any([unwanted, detach]);

/** Leaves an effect that was ended: to the next process that holds the lease, or for good. @throws {Detached} */
export function left({ detach }: DeploymentContext): readonly [] {
  unlessLeft({ detach });
  return [];
}

/** What the work returns, or null as soon as the signal ends the waiting for it. */
export async function unlessEnded<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  if (signal.aborted) return null;
  let stop = (): void => {};
  const ended = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => undefined);
  return Promise.race([work, ended]).finally(() => signal.removeEventListener('abort', stop));
}
