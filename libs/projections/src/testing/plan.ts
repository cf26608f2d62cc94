import type { Action, Criterion, CriterionRule, Plan, Step, Threshold } from '@backstay/document';

/** A plan with two steps before, two that deploy and one after, smoke tests, a watch and every kind of criterion. */

export function exampleStep(id: string, title: string, action: Action, override: Partial<Step> = {}): Step {
  const [stage, number] = id.split('.') as [Step['stage'], string];
  return {
    id,
    stage,
    number: Number(number),
    title,
    action,
    origin: 'document',
    expected: [],
    onFailure: 'stop',
    timeoutMs: 600_000,
    effect: 'idempotent',
    irreversible: false,
    mutates: false,
    source: { line: lines[id] ?? 99 },
    ...override,
  };
}

const lines: Readonly<Record<string, number>> = {
  'pre.1': 30,
  'pre.2': 32,
  'deploy.1': 36,
  'deploy.2': 38,
  'post.1': 42,
  'rollback.1': 101,
};

const command = (text: string) => ({ text, argv: text.split(' ') });
const run = (text: string): Action => ({ kind: 'run', commands: [command(text)], shell: false });

export const exampleSteps: readonly Step[] = [
  exampleStep('pre.1', 'Verify all integration tests passed', {
    kind: 'evidence',
    evidence: { reader: 'junit', glob: 'reports/junit.xml' },
  }),
  exampleStep(
    'pre.2',
    'Notify team of deployment window',
    { kind: 'notify', channel: 'team', about: 'window' },
    { onFailure: 'continue' },
  ),
  exampleStep('deploy.1', 'Run database migrations', run('node migrate.mjs up'), {
    mutates: true,
    onFailure: 'rollback',
    undo: { kind: 'run', commands: [command('node migrate.mjs down')], shell: false },
  }),
  exampleStep(
    'deploy.2',
    'Restart services',
    { kind: 'deploy', deployer: 'release', parts: ['place', 'activate'] },
    {
      mutates: true,
      onFailure: 'rollback',
      undo: { kind: 'deployer', parts: ['place', 'activate'] },
    },
  ),
  exampleStep('post.1', 'Update deployment documentation', { kind: 'section', section: 'documentation' }),
];

export const errorRateLimit: Threshold = {
  metric: 'error-rate',
  operator: '>',
  value: 0.05,
  unit: 'ratio',
  forMs: 5_000,
  overMs: 5_000,
  action: 'rollback',
  source: { line: 142 },
};

const criterionLines: readonly (readonly [string, CriterionRule])[] = [
  ['All integration tests passed', { kind: 'tests-passed' }],
  ['Security scans passed', { kind: 'scans-passed' }],
  ['Deployment procedure validated in staging', { kind: 'validated-in-staging' }],
  ['Rollback procedure tested successfully', { kind: 'rollback-tested' }],
  ['Smoke tests defined and tested', { kind: 'smoke-tests-tested' }],
  ['Monitoring dashboards configured', { kind: 'dashboards-configured' }],
  ['Documentation updated', { kind: 'documentation-updated' }],
  ['Team notified of deployment', { kind: 'team-notified' }],
  ['Deployment executed successfully', { kind: 'executed' }],
  ['Smoke tests passed in production', { kind: 'smoke-tests-passed' }],
  ['No critical errors in logs', { kind: 'no-critical-errors' }],
  ['Performance metrics within acceptable range', { kind: 'performance-acceptable' }],
  [
    'Error rate < 1% for 3s',
    {
      kind: 'limit',
      limit: { metric: 'error-rate', operator: '<', value: 0.01, unit: 'ratio', forMs: 3_000, overMs: 5_000 },
    },
  ],
  ['Reports are there', { kind: 'evidence', evidence: { reader: 'junit', glob: 'reports/junit.xml' } }],
  ['Approved by the owner', { kind: 'manual', duty: { verb: 'approved', duty: 'owner' } }],
];

/** The criterion's line is 201 for the first and one more for each after it. */
export const exampleCriteria: readonly Criterion[] = criterionLines.map(([text, rule], index) => ({
  text,
  line: 201 + index,
  rule,
}));

export function examplePlan(override: Partial<Plan> = {}): Plan {
  return {
    grammar: 1,
    service: 'orders-api',
    version: '1.2.0',
    environment: 'production',
    procedureDigest: 'sha256:procedure',
    scope: { windows: [] },
    baseUrl: 'http://127.0.0.1:18080',
    delivery: null,
    steps: [...exampleSteps],
    environmentVariables: [],
    secrets: [],
    dependencies: [],
    smokeTests: [
      {
        number: 1,
        title: 'User Login',
        request: { method: 'POST', path: '/api/auth/login' },
        expect: [{ kind: 'status', status: 200 }],
        captures: {},
        timeoutMs: 10_000,
        onFailure: 'rollback',
        source: { line: 112 },
      },
    ],
    healthChecks: [
      {
        title: 'Application health',
        check: { kind: 'request', request: { method: 'GET', path: '/health' } },
        origin: 'document',
        source: { line: 124 },
      },
    ],
    monitoring: {
      source: { kind: 'scrape', url: 'http://127.0.0.1:18080/metrics' },
      watchMs: 20_000,
      everyMs: 1_000,
      baselineMs: 60_000,
      minimumSamples: 3,
      minimumRequests: 20,
      mode: 'active',
      onNoData: { waitMs: 10_000, then: 'fail' },
      metrics: [{ metric: 'error-rate', unit: 'ratio', optional: false, source: { line: 134 } }],
      thresholds: [errorRateLimit],
      limits: { cores: null, memoryBytes: null },
      dashboards: ['http://127.0.0.1:7300/d/orders-api'],
      logs: { reader: 'log', files: ['logs/*.log'], patterns: ['level=critical'], allow: [] },
    },
    rollback: {
      triggers: [{ text: 'Smoke tests fail', rule: { kind: 'smoke-tests' }, mode: 'active', source: { line: 90 } }],
      steps: [],
      estimatedMs: 120_000,
      timeoutMs: 1_800_000,
      dataLossMs: null,
    },
    documentation: [
      {
        text: 'CHANGELOG updated',
        proof: { kind: 'evidence', evidence: { reader: 'commit-touches', path: 'CHANGELOG.md' } },
        origin: 'document',
        source: { line: 160 },
      },
      {
        text: 'API documentation updated',
        proof: { kind: 'manual', duty: { verb: 'confirmed', duty: 'tech-writer' } },
        origin: 'document',
        source: { line: 162 },
      },
    ],
    blockedBy: [],
    blocks: [],
    acceptanceCriteria: [...exampleCriteria],
    channels: { team: 'log', 'on-call': 'log' },
    allow: [],
    acceptsUnattested: false,
    queue: 'fifo',
    ...override,
  };
}
