/**
 * How often a property is tried, and from which seed: the same cases each time, so that a change is judged by what it changes.
 * `PROPERTY_SEED` chooses others, `PROPERTY_SCALE` multiplies their number: a failing seed is played again by naming it.
 */
export function runs(count: number): { readonly numRuns: number; readonly seed: number } {
  const { PROPERTY_SEED: seed = '1', PROPERTY_SCALE: scale = '1' } = globalThis.process.env;
  return { numRuns: Math.max(1, Math.round(count * Number(scale))), seed: Number(seed) };
}
