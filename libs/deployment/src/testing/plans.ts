import type { PassMonitoring } from '../monitoring/commands.ts';
import { ticksNeeded } from '../watched-time.ts';
import type { HealthCheck, Plan, RollbackPlan, SmokeTest, Stage, Step } from '@backstay/document';

type Trigger = RollbackPlan['triggers'][number];

const command = (text: string) => ({ text, argv: text.split(' ') });

/** A step by its id (`pre.1`, `deploy.3`): a command that changes something, undone by nothing, unless said otherwise. */
export function exampleStep(id: string, changes: Partial<Step> = {}): Step {
  const [stage, number] = id.split('.');
  return {
    id,
    stage: stage as Stage,
    number: Number(number),
    title: `Step ${id}`,
    action: { kind: 'run', commands: [command(`do ${id}`)], shell: false },
    origin: 'document',
    expected: [],
    onFailure: stage === 'pre' ? 'stop' : 'rollback',
    timeoutMs: 600_000,
    effect: 'reattachable',
    irreversible: false,
    mutates: true,
    source: { line: 10 + Number(number) },
    ...changes,
  };
}

export function exampleSmokeTest(changes: Partial<SmokeTest> = {}): SmokeTest {
  return {
    number: 1,
    title: 'Data Retrieval',
    request: { method: 'GET', path: '/api/data' },
    expect: [{ kind: 'status', status: 200 }],
    captures: {},
    timeoutMs: 10_000,
    onFailure: 'rollback',
    source: { line: 90 },
    ...changes,
  };
}

export function exampleHealthCheck(changes: Partial<HealthCheck> = {}): HealthCheck {
  const check = { kind: 'request' as const, request: { method: 'GET', path: '/health' } };
  return { title: 'Application health', check, origin: 'document', source: { line: 95 }, ...changes };
}

export function exampleTrigger(changes: Partial<Trigger> = {}): Trigger {
  return { text: 'Smoke tests fail', rule: { kind: 'smoke-tests' }, mode: 'active', source: { line: 59 }, ...changes };
}

const errorRate = {
  metric: 'error-rate',
  operator: '>',
  value: 0.05,
  unit: 'ratio',
  forMs: 5000,
  overMs: 5000,
} as const;

const exampleSteps: readonly Step[] = [
  exampleStep('pre.1', {
    title: 'Backup',
    mutates: false,
    effect: 'idempotent',
    action: { kind: 'backup', engine: 'postgresql', urls: ['DATABASE_URL'] },
  }),
  exampleStep('deploy.1', {
    title: 'Run database migrations',
    undo: { kind: 'run', commands: [command('migrate down')], shell: false },
  }),
  exampleStep('deploy.2', {
    title: 'Deploy to staging',
    effect: 'idempotent',
    action: { kind: 'deploy', deployer: 'directory', parts: ['place', 'activate'] },
    undo: { kind: 'deployer', parts: ['place', 'activate'] },
  }),
  exampleStep('post.1', {
    title: 'Run smoke tests',
    mutates: false,
    effect: 'idempotent',
    action: { kind: 'section', section: 'smoke-tests' },
  }),
];

/** A small plan that touches every phase: a backup, a migration, a deployment, smoke tests, a watch with a trigger. */
export function examplePlan(changes: Partial<Plan> = {}): Plan {
  return {
    grammar: 1,
    service: 'notes',
    version: '1.1.0',
    environment: 'staging',
    procedureDigest: 'sha256:procedure',
    commit: 'b'.repeat(40),
    scope: { windows: [] },
    baseUrl: 'http://127.0.0.1:8080',
    delivery: null,
    steps: [...exampleSteps],
    environmentVariables: [],
    secrets: [],
    dependencies: [],
    smokeTests: [exampleSmokeTest()],
    healthChecks: [exampleHealthCheck()],
    monitoring: {
      source: { kind: 'scrape', url: 'http://127.0.0.1:8080/metrics' },
      watchMs: 600_000,
      everyMs: 10_000,
      baselineMs: 60_000,
      minimumSamples: 3,
      minimumRequests: 20,
      mode: 'active',
      onNoData: { waitMs: 60_000, then: 'fail' },
      metrics: [{ metric: 'error-rate', unit: 'ratio', optional: false, source: { line: 100 } }],
      thresholds: [{ ...errorRate, action: 'page', source: { line: 110 } }],
      limits: { cores: null, memoryBytes: null },
      dashboards: [],
      logs: null,
    },
    rollback: {
      triggers: [
        exampleTrigger(),
        exampleTrigger({
          text: 'Error rate exceeds 5%',
          rule: { kind: 'limit', limit: errorRate },
          source: { line: 60 },
        }),
      ],
      steps: [],
      timeoutMs: 1_800_000,
      dataLossMs: null,
      estimatedMs: 300_000,
    },
    documentation: [
      {
        text: 'Runbook updated',
        proof: { kind: 'manual', duty: { verb: 'confirmed', duty: 'operator' } },
        origin: 'document',
        source: { line: 120 },
      },
    ],
    blockedBy: [],
    blocks: [],
    acceptanceCriteria: [
      { text: 'Deployment executed successfully', line: 130, rule: { kind: 'executed' } },
      {
        text: 'Release notes read',
        line: 131,
        rule: { kind: 'manual', duty: { verb: 'confirmed', duty: 'release manager' } },
      },
    ],
    channels: { 'on-call': 'log' },
    allow: ['127.0.0.1:8080'],
    acceptsUnattested: true,
    queue: 'fifo',
    ...changes,
  };
}

/** Every tick of the plan's watch, as they are recorded when nobody missed one. */
export function fullWatch({ monitoring }: Plan = examplePlan()): Pick<PassMonitoring, 'ticks' | 'range'> {
  const ticks = ticksNeeded(monitoring);
  return { ticks, range: { stream: 'measurements-d-1', from: 1, to: ticks, hash: 'e'.repeat(64) } };
}
