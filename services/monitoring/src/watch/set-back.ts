import { mostApartMs } from '@backstay/deployment';
import type { DeploymentContext } from '@backstay/service-kit';
import { runningOf } from '../running.ts';

/**
 * The time from which a watch goes on after its last recorded tick. Where the time of day has been set back behind that tick, nobody
 * knows for how long nobody watched: it goes on beyond a gap, for a tick that is not later than the one before counts nothing.
 */
export function behindLast(
  from: string,
  lastTick: string | null,
  { state, now }: Pick<DeploymentContext, 'state' | 'now'>,
): string {
  if (lastTick === null || Date.parse(now()) >= Date.parse(lastTick)) return from;
  const { monitoring } = runningOf(state).drafted.plan;
  return new Date(Date.parse(lastTick) + mostApartMs(monitoring) + 1).toISOString();
}
