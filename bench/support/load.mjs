/**
 * Keeps so many acts in flight for a time, then waits for those that have begun.
 * @param {(number: number) => Promise<unknown>} act
 * @returns {Promise<{ count: number, seconds: number, perSecond: number }>}
 */
export async function keepInFlight(inFlight, forMs, act) {
  const begun = performance.now();
  let count = 0;
  const worker = async () => {
    do await act((count += 1));
    while (performance.now() - begun < forMs);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - begun) / 1000;
  return { count, seconds, perSecond: count / seconds };
}
