import { exampleHealthCheck, exampleSmokeTest, exampleStep, exampleTrigger } from '@backstay/deployment/testing';
import type { HealthCheck, Plan, SmokeTest, Step } from '@backstay/document';
import { planOf as stepsOnly, step } from '@backstay/service-kit/testing';

export const section = (
  id: string,
  of: 'smoke-tests' | 'critical-flows' | 'health-checks',
  override: Partial<Step> = {},
): Step =>
  step(
    id,
    { kind: 'section', section: of },
    { title: `Run ${of}`, onFailure: 'rollback', mutates: false, source: { line: 20 }, ...override },
  );

export const flow = (number: number, override: Partial<SmokeTest> = {}): SmokeTest =>
  exampleSmokeTest({
    number,
    title: `Flow ${number}`,
    request: { method: 'GET', path: '/data' },
    timeoutMs: 1_000,
    source: { line: 60 + number },
    ...override,
  });

export const health = (title: string, check: HealthCheck['check']): HealthCheck => exampleHealthCheck({ title, check });

/** A plan with one step that changes something, and nothing to watch. */
export function planOf({ steps = [exampleStep('deploy.1')], ...override }: Partial<Plan>): Plan {
  const rollback = {
    triggers: [exampleTrigger({ source: { line: 90 } })],
    steps: [],
    timeoutMs: 60_000,
    dataLossMs: null,
  };
  return stepsOnly(steps, { rollback, ...override });
}
