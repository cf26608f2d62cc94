/** The least time that some work took, in ms: what else the machine does makes it longer, never shorter. To be compared within one run. */
export function leastMs(work: () => unknown, times = 3): number {
  const each = Array.from({ length: times }, () => {
    const begun = globalThis.performance.now();
    work();
    return globalThis.performance.now() - begun;
  });
  return Math.min(...each);
}
