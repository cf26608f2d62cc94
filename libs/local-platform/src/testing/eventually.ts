import { setTimeout as pause } from 'node:timers/promises';

/** Longer than anything takes on a busy machine, and shorter than a test may. */
const defaultWithinMs = 100_000;
const everyMs = 15;

type Empty = false | null | undefined | '';

/**
 * What `look` finds, as soon as it is neither false, null, undefined nor empty. For what no event announces: where one does, await it.
 * @param what is waited for, as the error names it
 * @throws {Error} when it did not come within the time, in milliseconds
 */
export async function eventually<T>(
  look: () => T | Empty | Promise<T | Empty>,
  what: string | (() => string | Promise<string>) = () => look.toString(),
  withinMs = defaultWithinMs,
): Promise<T> {
  for (const deadline = performance.now() + withinMs; ; await pause(everyMs)) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined && found !== '') return found;
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : await what()}`);
  }
}
