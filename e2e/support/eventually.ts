import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until the answer is truthy; the last answer, or an error that names what did not come about. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`it did not come about that ${what}`);
    await pause(50);
  }
}
