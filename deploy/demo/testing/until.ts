const LOOKS = 1_000;
const BETWEEN_MS = 10;

/** Looks every few milliseconds, and gives up in the end. */
export async function until(condition: () => boolean) {
  for (let look = 0; look < LOOKS; look += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  throw new Error('the condition never came true');
}
