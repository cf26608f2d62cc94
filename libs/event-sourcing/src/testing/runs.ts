const { PROPERTY_SEED, PROPERTY_SCALE, FIGURES } = globalThis.process.env;
const first = Number(PROPERTY_SEED ?? 1);
const scaled = (count: number): number => Math.max(1, Math.round(count * Number(PROPERTY_SCALE ?? 1)));

/**
 * How often a property is tried, and from which seed: the same cases each time, so that a change is judged by what it changes.
 * `PROPERTY_SEED` chooses others, `PROPERTY_SCALE` multiplies their number: with both of a failing run, its cases are tried again.
 */
export function runs(count: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: scaled(count), seed: first };
}

/** The seeds of scenarios that each make all their choices from one, chosen as those of `runs`: 1, 2, 3 … */
export function seeds(count: number): readonly number[] {
  return Array.from({ length: scaled(count) }, (_, index) => first + index);
}

/** A size of 10,000 or more, which `FIGURES=full` asks for; otherwise a small one, which shows the same in less time. */
export function size(full: number, small: number): number {
  return FIGURES === 'full' ? full : small;
}
