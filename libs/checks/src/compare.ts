import type { Comparison } from '@backstay/document';
import { isDeepStrictEqual } from 'node:util';

/** Order is defined between two numbers or two strings only; any other pair has none, so that no such comparison holds. */
export function compare(observed: unknown, operator: Comparison, expected: unknown): boolean {
  if (operator === '=') return isDeepStrictEqual(observed, expected);
  const order = orderOf(observed, expected);
  return order !== undefined && holds[operator](order);
}

const holds: Record<Exclude<Comparison, '='>, (order: number) => boolean> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

function orderOf(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a - b) ? undefined : a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}
