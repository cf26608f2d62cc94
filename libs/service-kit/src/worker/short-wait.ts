import { msUntil } from './clock-times.ts';
import type { Clock } from './ports.ts';
import type { Run } from './run.ts';

/** A wait that ends within this time is waited for while the lease is held. */
const shortWaitMs = 1_000;

export function isShortWait(until: string, clock: Clock): boolean {
  return msUntil(until, clock) <= shortWaitMs;
}

/** Until that time, a wake-up of the run, or a signal that the run has to end. */
export async function waitShortly(until: string, run: Run, clock: Clock, ended: AbortSignal): Promise<void> {
  run.releaseSlot();
  let end = (): void => {};
  const over = new Promise<void>((resolve) => (end = resolve));
  const cancel = clock.after(msUntil(until, clock), end);
  const unlisten = run.onWake(end);
  ended.addEventListener('abort', end, { once: true });
  if (ended.aborted) end();
  await over;
  cancel();
  unlisten();
  ended.removeEventListener('abort', end);
}
