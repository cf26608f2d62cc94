import type { Comparison } from '../plan/values.ts';

const comparisons: Record<string, Comparison> = {
  '>=': '>=',
  '<=': '<=',
  '==': '=',
  '>': '>',
  '<': '<',
  '=': '=',
  exceeds: '>',
  above: '>',
  below: '<',
};

/** The pattern of a comparison inside of a longer form. */
export const comparisonPattern = String.raw`>=|<=|==|>|<|=|\bexceeds\b|\babove\b|\bbelow\b`;

export function readComparison(text: string): Comparison {
  return comparisons[text.toLowerCase()]!;
}
