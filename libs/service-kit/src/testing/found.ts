import { setTimeout as pause } from 'node:timers/promises';

const withinMs = 25_000;

/** What `look` finds, as soon as it finds it. @throws {Error} with `otherwise` when 25 seconds did not bring it */
export async function found<T>(
  look: () => Promise<T | undefined>,
  otherwise: () => string | Promise<string>,
): Promise<T> {
  for (const deadline = performance.now() + withinMs; ; await pause(25)) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(await otherwise());
  }
}

/** Waits, bounded, for what is not in a stream. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await found(
    async () => (await isSo()) || undefined,
    () => 'it did not become so',
  );
}
