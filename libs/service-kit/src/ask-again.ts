import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

export interface AskAgainOptions {
  /** Milliseconds from the first question within which another one may begin; default 10000. */
  readonly budgetMs?: number;
  /** Milliseconds before the second and the third question; default 250 and 1000. */
  readonly pausesMs?: readonly number[];
  /** Ends the asking: what was found last counts. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks once more, and again, while what was found is doubtful: what ends a deployment for good is no single hiccup. */
export async function askAgain<Found>(
  ask: () => Promise<Found>,
  isDoubtful: (found: Found) => boolean,
  { budgetMs = 10_000, pausesMs = [250, 1_000], signal }: AskAgainOptions = {},
): Promise<Found> {
  const started = performance.now();
  let found = await ask();
  for (const pauseMs of pausesMs) {
    if (!isDoubtful(found) || performance.now() - started + pauseMs > budgetMs) break;
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted === true) break;
    found = await ask();
  }
  return found;
}
