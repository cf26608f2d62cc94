import { planSchema, type HealthCheck, type Plan, type SmokeTest, type Step } from '@backstay/document';

export const section = (
  id: string,
  of: 'smoke-tests' | 'critical-flows' | 'health-checks',
  override: Partial<Step> = {},
): Step => ({
  ...step(id),
  title: `Run ${of}`,
  action: { kind: 'section', section: of },
  mutates: false,
  ...override,
});

export const step = (id: string): Step => ({
  id,
  stage: id.startsWith('post') ? 'post' : 'deploy',
  number: Number(id.split('.')[1]),
  title: `Step ${id}`,
  action: { kind: 'run', commands: [{ text: 'true', argv: ['true'] }], shell: false },
  origin: 'document',
  expected: [],
  onFailure: 'rollback',
  timeoutMs: 10_000,
  effect: 'idempotent',
  irreversible: false,
  mutates: true,
  source: { line: 20 },
});

export const flow = (number: number, override: Partial<SmokeTest> = {}): SmokeTest => ({
  number,
  title: `Flow ${number}`,
  request: { method: 'GET', path: '/data' },
  expect: [{ kind: 'status', status: 200 }],
  captures: {},
  timeoutMs: 1_000,
  onFailure: 'rollback',
  source: { line: 60 + number },
  ...override,
});

export const health = (title: string, check: HealthCheck['check']): HealthCheck => ({
  title,
  check,
  origin: 'document',
  source: { line: 80 },
});

/** A plan with one step that changes something, and nothing to watch. */
export function planOf(override: Partial<Plan>): Plan {
  return planSchema.parse({
    grammar: 1,
    service: 'orders-api',
    version: '2.0.0',
    environment: 'staging',
    procedureDigest: 'p',
    scope: { windows: [] },
    baseUrl: null,
    delivery: null,
    steps: [step('deploy.1')],
    environmentVariables: [],
    secrets: [],
    dependencies: [],
    smokeTests: [],
    healthChecks: [],
    monitoring: {
      source: null,
      watchMs: 0,
      everyMs: 1_000,
      baselineMs: 0,
      minimumSamples: 1,
      minimumRequests: 1,
      mode: 'active',
      onNoData: { waitMs: 1_000, then: 'fail' },
      metrics: [],
      thresholds: [],
      limits: { cores: null, memoryBytes: null },
      dashboards: [],
      logs: null,
    },
    rollback: {
      triggers: [{ text: 'Smoke tests fail', rule: { kind: 'smoke-tests' }, mode: 'active', source: { line: 90 } }],
      steps: [],
      timeoutMs: 60_000,
      dataLossMs: null,
    },
    documentation: [],
    blockedBy: [],
    blocks: [],
    acceptanceCriteria: [],
    channels: {},
    allow: ['127.0.0.1:*'],
    acceptsUnattested: true,
    queue: 'fifo',
    ...override,
  });
}
