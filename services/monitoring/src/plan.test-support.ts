import {
  planSchema,
  type Limit,
  type Monitoring,
  type Plan,
  type Step,
  type Threshold,
  type Trigger,
} from '@backstay/document';

const source = { line: 1 };

export const step = (id: string, override: Partial<Step> = {}): Step => ({
  id,
  stage: id.startsWith('post') ? 'post' : 'deploy',
  number: 1,
  title: `Step ${id}`,
  action: { kind: 'run', commands: [{ text: 'true', argv: ['true'] }], shell: false },
  origin: 'document',
  expected: [],
  onFailure: 'rollback',
  timeoutMs: 10_000,
  effect: 'idempotent',
  irreversible: false,
  mutates: true,
  source,
  ...override,
});

export const limit = (override: Partial<Limit> = {}): Limit => ({
  metric: 'error-rate',
  operator: '>',
  value: 0.05,
  unit: 'ratio',
  forMs: 300,
  overMs: 1_000,
  ...override,
});

export const threshold = (override: Partial<Threshold> = {}): Threshold => ({
  ...limit(override),
  action: override.action ?? 'rollback',
  source: { line: 142 },
});

export const trigger = (rule: Trigger['rule'], mode: Trigger['mode'] = 'active'): Trigger => ({
  text: 'Critical functionality broken',
  rule,
  mode,
  source: { line: 88 },
});

/** A plan with one step that changes something, watched ten times a second. */
export function planOf(monitoring: Partial<Monitoring>, override: Partial<Plan> = {}): Plan {
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
      watchMs: 1_500,
      everyMs: 100,
      baselineMs: 500,
      minimumSamples: 5,
      minimumRequests: 1,
      mode: 'active',
      onNoData: { waitMs: 800, then: 'fail' },
      metrics: [{ metric: 'error-rate', unit: 'ratio', optional: false, source: { line: 130 } }],
      thresholds: [threshold()],
      limits: { cores: 2, memoryBytes: 512 * 1024 ** 2 },
      dashboards: [],
      logs: null,
      ...monitoring,
    },
    rollback: { triggers: [], steps: [], timeoutMs: 60_000, dataLossMs: null },
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
