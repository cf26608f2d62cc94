import { compareDecimals, WrittenNumber, type Comparison } from '@backstay/document';

/**
 * Numbers by their value, however they are written and whatever doubles hold. Order is defined between two numbers or two strings only; any
 * other pair has none, so that no such comparison holds.
 */
export function compare(observed: unknown, operator: Comparison, expected: unknown): boolean {
  if (operator === '=') return isEqual(observed, expected);
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
  const [first, second] = [decimalOf(a), decimalOf(b)];
  if (first !== undefined && second !== undefined) return compareDecimals(first, second);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}

function decimalOf(value: unknown): string | undefined {
  if (value instanceof WrittenNumber) return value.written;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

function isEqual(a: unknown, b: unknown): boolean {
  const [first, second] = [decimalOf(a), decimalOf(b)];
  if (first !== undefined || second !== undefined)
    return first !== undefined && second !== undefined && compareDecimals(first, second) === 0;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const memberOf = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return (
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(memberOf(a, key), memberOf(b, key)))
  );
}
