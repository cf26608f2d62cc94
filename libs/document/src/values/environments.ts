import { didYouMean, nearest } from '../problems/nearest.ts';
import type { Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';

export const usualEnvironments = ['development', 'staging', 'production'] as const;

/** Where people use a service: what is done by default elsewhere is asked for there. */
export const isProduction = (environment: string): boolean => environment === 'production';

export function readEnvironment(span: Span, reading: Reading): string | undefined {
  const name = span.text.toLowerCase();
  const near = nearest(name, usualEnvironments);
  if (near !== undefined && near !== name) {
    return reading.report.error(
      span,
      'bad-value',
      `“${span.text}” is not an environment${didYouMean(name, usualEnvironments)}`,
      near,
    );
  }
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) && name.length <= 63) return name;
  return reading.report.error(
    span,
    'bad-name',
    `“${span.text}” is not an environment; write staging, production, development or another-name`,
  );
}
