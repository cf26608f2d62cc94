import { exampleStep } from '@backstay/deployment/testing';
import type { Monitoring, Plan, Threshold } from '@backstay/document';
import { planOf as stepsOnly } from '@backstay/service-kit/testing';

export const threshold = (override: Partial<Threshold> = {}): Threshold => ({
  metric: 'error-rate',
  operator: '>',
  value: 0.05,
  unit: 'ratio',
  forMs: 300,
  overMs: 1_000,
  action: 'rollback',
  ...override,
  source: { line: 142 },
});

const watched: Partial<Monitoring> = {
  watchMs: 1_500,
  everyMs: 100,
  baselineMs: 500,
  minimumSamples: 5,
  minimumRequests: 1,
  onNoData: { waitMs: 800, then: 'fail' },
  metrics: [{ metric: 'error-rate', unit: 'ratio', optional: false, source: { line: 130 } }],
  thresholds: [threshold()],
  limits: { cores: 2, memoryBytes: 512 * 1024 ** 2 },
};

/** A plan with one step that changes something, watched ten times a second. */
export function planOf(
  monitoring: Partial<Monitoring>,
  { steps = [exampleStep('deploy.1')], ...override }: Partial<Omit<Plan, 'monitoring'>> = {},
): Plan {
  return stepsOnly(steps, { ...override, monitoring: { ...watched, ...monitoring } });
}
