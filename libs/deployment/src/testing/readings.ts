import type { Breach } from '../monitoring/events.ts';
import type { EvidenceReading } from '../execution/events.ts';
import type { CheckResult } from '../values.ts';

const epoch = Date.parse('2026-01-01T00:00:00.000Z');

export const minutes = (count: number): number => count * 60_000;

/** Milliseconds after the scenario's beginning, as ISO 8601. */
export function at(ms: number): string {
  return new Date(epoch + ms).toISOString();
}

/**
 * A result for each check of the example plan. What fails says no version; what passes says, by default, the version that the examples
 * restore.
 */
export function passingChecks(passed = true, served: string | null = passed ? '1.0.0' : null): readonly CheckResult[] {
  const result = {
    passed,
    line: 90,
    attempts: 1,
    observed: { status: passed ? 200 : 500 },
    ...(passed ? {} : { reason: '500 instead of 200' }),
  };
  return [
    { kind: 'smoke-test', title: 'Data Retrieval', ...result },
    { kind: 'health-check', title: 'Application health', ...result, ...(served === null ? {} : { served }) },
  ];
}

export function passingReading(
  reader: EvidenceReading['reader'],
  changes: Partial<EvidenceReading> = {},
): EvidenceReading {
  const files = [{ path: 'reports/one.xml', bytes: 12, sha256: 'c'.repeat(64) }];
  return { reader, verdict: 'pass', attested: true, summary: 'it is there', facts: {}, files, ...changes };
}

export function breachOf(changes: Partial<Breach> = {}): Breach {
  return { ...exampleBreach, ...changes };
}

export const exampleBreach: Breach = {
  text: 'Error rate exceeds 5%',
  line: 60,
  metric: 'error-rate',
  observed: 0.098,
  limit: 0.05,
  unit: 'ratio',
  forMs: 5000,
  sentence: 'error rate was 9.8 % (limit 5 % for 5 s, line 60)',
  samples: [
    {
      metric: 'error-rate',
      time: at(minutes(5)),
      value: 0.098,
      unit: 'ratio',
      windowMs: 5000,
      verdict: 'pass',
      latencyMs: 3,
    },
  ],
  range: { stream: 'measurements-d-1', from: 1, to: 1, hash: 'h1' },
};
