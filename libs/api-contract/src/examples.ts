import type { Example } from './route.ts';

/** One request and response for each route, all of one release of `notes-api`. */

const id = '6f0d5f5e-1c1f-5d0b-9a52-0d5c3b8f2a11';
const takenBackBy = '0b5c2f6e-9d4e-5f0a-8a53-1c2d3e4f5a6b';
const requested = '01890a5d-0001-7000-8000-000000000001';
const degraded = '01890a5d-0002-7000-8000-000000000002';
const triggered = '01890a5d-0003-7000-8000-000000000003';
const digest = 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
const commit = 'c2b79acf1d0e4f0b6d2f7c9f5b8f7a3d1e0c4b5a';
const params = { id };
const inProduction = { service: 'notes-api', environment: 'production' };

const summary = {
  id,
  service: 'notes-api',
  version: '1.2.0',
  previousVersion: '1.1.0',
  environment: 'production',
  kind: 'deployment',
  status: 'executing',
  phase: 'execution',
  streamVersion: 12,
  statusVersion: 9,
  requestedAt: '2026-03-02T09:00:00.000Z',
  requestedBy: 'robin',
  planDigest: digest,
  steps: { done: 2, total: 6 },
  sentence: 'executing: 2 of 6 steps are done',
};

const rollingBack = {
  ...summary,
  status: 'rolling-back',
  phase: 'rollback',
  streamVersion: 31,
  statusVersion: 31,
  rollback: { trigger: 'manual', measuredMs: null, estimatedMs: 120_000 },
  reason: 'robin: the login page is blank',
  sentence: 'rolling back because robin asked for it: the login page is blank',
};

const environment = {
  ...inProduction,
  holder: id,
  queue: [],
  running: { version: '1.1.0', commit, release: '1.1.0-a1b2c3', deployment: takenBackBy },
  verifiedGood: { version: '1.1.0', commit, release: '1.1.0-a1b2c3', deployment: takenBackBy },
  uncertain: null,
  unverified: null,
  unknown: null,
  quarantined: [{ version: '1.0.9', why: 'rolled back because error rate was 9.8 %' }],
  adoption: { pending: null, refused: null },
  deployments: [
    {
      deployment: id,
      version: '1.2.0',
      outcome: null,
      claimedAt: '2026-03-02T09:00:02.000Z',
      settledAt: null,
    },
  ],
  planned: [],
  overrides: [],
  sentence: '1.1.0 runs, verified good',
};

const event = {
  eventId: requested,
  stream: `deployment-${id}`,
  version: 1,
  time: '2026-03-02T09:00:00.000Z',
  type: 'DeploymentRequested',
  actor: { kind: 'person', name: 'robin' },
  by: 'robin',
  position: 4711,
  cursor: '9001-4711',
  hash: '2c26b46b68ffc68ff99b453c1d304134',
  summary: 'robin requested the deployment: release 1.2.0',
  causationId: null,
  correlationId: id,
  data: { id, kind: 'deployment', at: '2026-03-02T09:00:00.000Z' },
};

const plan = {
  service: 'notes-api',
  version: '1.2.0',
  environment: 'production',
  steps: [{ id: 'deploy.1', stage: 'deploy', number: 1, title: 'Run database migrations' }],
};

const sample = { time: '2026-03-02T09:12:10.000Z', value: 0.098, verdict: 'fail', latencyMs: 4 };

const threshold = {
  kind: 'trigger',
  operator: '>',
  value: 0.05,
  unit: 'ratio',
  forMs: 5_000,
  action: 'rollback',
  line: 142,
  text: 'Error rate > 5% for 5 seconds',
};

export const requestDeployment = {
  query: {},
  body: { document: '# Deployment: notes-api\n', environment: 'production', reason: 'release 1.2.0' },
  response: { ...summary, status: 'planning', phase: 'planning', streamVersion: 1, statusVersion: 1, planDigest: null },
} satisfies Example;

export const listDeployments = {
  query: { service: 'notes-api', status: 'executing', limit: 20 },
  response: { deployments: [summary], next: null },
} satisfies Example;

export const getDeployment = { params, response: summary } satisfies Example;

export const getPlan = { params, response: { digest, plan, warnings: [] } } satisfies Example;

export const getDocument = {
  params,
  response: {
    title: `notes-api 1.2.0 to production (deployment ${id})`,
    sentence: summary.sentence,
    source: '# Deployment: notes-api\n',
    overrides: [],
    verdicts: [
      {
        line: 27,
        kind: 'step',
        verdict: 'succeeded',
        text: 'took 2.1 s',
        evidence: [{ eventId: degraded, summary: 'deploy.1 succeeded' }],
      },
    ],
  },
} satisfies Example;

export const getSteps = {
  params,
  query: { asOf: '12' },
  response: {
    steps: [
      {
        id: 'deploy.1',
        stage: 'deploy',
        number: 1,
        title: 'Run database migrations',
        action: { kind: 'run', commands: [['npm', 'run', 'migrate']], shell: false },
        line: 27,
        status: 'succeeded',
        reason: null,
        attempts: [
          {
            attempt: 1,
            host: 'executor-1',
            startedAt: '2026-03-02T09:01:00.000Z',
            endedAt: '2026-03-02T09:01:02.100Z',
            outcome: 'succeeded',
            reason: null,
            output: { tail: 'applied 1 migration\n', bytes: 20, sha256: 'ab'.repeat(32), truncated: false },
            result: { exitCode: 0 },
          },
        ],
      },
    ],
  },
} satisfies Example;

export const getStepOutput = { params: { id, step: 'deploy.1' }, response: 'applied 1 migration\n' } satisfies Example;

export const getAuditTrail = {
  params,
  response: {
    entries: [event],
    intact: true,
    firstBroken: null,
    next: null,
  },
} satisfies Example;

export const getAcceptanceCriteria = {
  params,
  response: {
    criteria: [
      {
        text: 'All smoke tests pass',
        line: 160,
        verdict: 'met',
        reason: '2 of 2 smoke tests passed',
        evidence: [{ eventId: degraded, summary: 'User Login passed' }],
      },
    ],
    overrides: [],
  },
} satisfies Example;

export const getMeasurements = {
  params,
  response: {
    metrics: [
      {
        metric: 'error-rate',
        unit: 'ratio',
        windowMs: 60_000,
        threshold,
        thresholds: [threshold],
        baseline: 0.002,
        breaches: [
          {
            eventId: degraded,
            type: 'DegradationDetected',
            time: '2026-03-02T09:12:15.000Z',
            sentence: 'error rate was 9.8 % (limit 5 % for 5 s, line 142)',
            observed: 0.098,
            limit: 0.05,
          },
        ],
        samples: [sample],
      },
    ],
    next: null,
  },
} satisfies Example;

export const getWhy = {
  params,
  response: {
    status: 'rolling-back',
    sentence: 'rolling back because error rate was 9.8 % (limit 5 % for 5 s, line 142)',
    chain: [
      {
        eventId: triggered,
        type: 'RollbackTriggered',
        time: '2026-03-02T09:12:15.100Z',
        summary: 'the rollback was triggered by a limit',
        because: degraded,
      },
      {
        eventId: degraded,
        type: 'DegradationDetected',
        time: '2026-03-02T09:12:15.000Z',
        summary: 'error rate was 9.8 % (limit 5 % for 5 s, line 142)',
        because: null,
        samples: [{ ...sample, metric: 'error-rate' }],
      },
    ],
  },
} satisfies Example;

export const rollBack = {
  params,
  body: { reason: 'the login page is blank' },
  response: rollingBack,
} satisfies Example;

export const cancel = {
  params,
  body: { reason: 'the wrong version was requested' },
  response: { ...rollingBack, sentence: 'rolling back because robin cancelled it: the wrong version was requested' },
} satisfies Example;

export const confirm = {
  params,
  body: { item: 'pre.3', reason: 'the change advisory board agreed' },
  response: summary,
} satisfies Example;

export const revokeEvidence = {
  params: { id, evidence: 'pre.1' },
  body: { reason: 'the report belongs to another commit' },
  response: summary,
} satisfies Example;

export const resolveStep = {
  params: { id, step: 'deploy.1' },
  body: { outcome: 'completed', reason: 'the table has the new column' },
  response: summary,
} satisfies Example;

export const adopt = {
  params: inProduction,
  body: { version: '1.1.0', reason: 'it ran before Backstay was installed' },
  response: { ...environment, holder: null, adoption: { pending: { version: '1.1.0' }, refused: null } },
} satisfies Example;

export const liftQuarantine = {
  params: inProduction,
  body: { version: '1.0.9', reason: 'the cause was the load test' },
  response: { ...environment, quarantined: [] },
} satisfies Example;

export const listEnvironments = { response: { environments: [environment], next: null } } satisfies Example;

export const getEnvironment = { params: inProduction, response: environment } satisfies Example;

export const lintDocument = {
  body: { document: '# Deployment: notes-api\n' },
  response: {
    ok: false,
    problems: [
      {
        line: 1,
        column: 1,
        severity: 'error',
        code: 'missing-section',
        message: 'the section “Deployment Scope” is missing',
        suggestion: '## Deployment Scope',
      },
    ],
  },
} satisfies Example;

export const dryRun = {
  body: { document: '# Deployment: notes-api\n', environment: 'production' },
  response: {
    digest,
    plan,
    commit: { sha: commit, authors: ['robin@example.com'], time: '2026-03-01T16:20:00Z' },
    bindings: { from: 'repository', file: '.backstay.yaml' },
    warnings: [],
    blockers: [
      {
        code: 'environment-held',
        message: `deployment ${takenBackBy} holds production`,
        effect: 'held',
      },
    ],
    overridden: [],
    unknown: [],
    preflight: [{ phase: 'execution', message: 'whether the disk has space for the release' }],
  },
} satisfies Example;

export const streamEvents = {
  query: { deployment: id },
  response: `id: 9001-4711\ndata: ${JSON.stringify(event)}\n\n`,
} satisfies Example;

export const listParked = {
  response: {
    messages: [
      {
        id: 'BACKSTAY_INTAKE:17',
        subject: 'backstay.deploy-requested.ci',
        reason: 'expected JSON',
        receivedAt: '2026-03-02T08:59:00.000Z',
        size: 512,
      },
    ],
    next: null,
  },
} satisfies Example;

const candidate = {
  kind: 'workspace',
  id: takenBackBy,
  place: 'directory.5f0f2c52-4d0c-4a07-9c56-2c5f2f8a4c11',
  deployments: [takenBackBy],
  bytes: 48_234_496,
  modifiedAt: '2026-01-02T09:00:00.000Z',
  rule: 'workspace 30d',
};

export const listPrunable = {
  response: {
    items: [candidate],
    kept: [{ kind: 'backup', because: 'rollback', count: 1 }],
    partial: false,
  },
} satisfies Example;

export const prune = { response: { items: [{ ...candidate, outcome: 'removed' }], refused: [] } } satisfies Example;

export const getPruned = {
  params,
  response: {
    entries: [
      {
        eventId: '01890a5d-0009-7000-8000-000000000009',
        stream: `housekeeping-${candidate.place}`,
        version: 7,
        time: '2026-04-02T09:00:00.000Z',
        type: 'PruningStarted',
        actor: { kind: 'service', name: 'housekeeping' },
        summary: `host-a removes workspace ${id} (rule: workspace 30d)`,
        causationId: null,
        correlationId: id,
        data: { items: [{ ...candidate, id, deployments: [id], digest: digest.slice(7) }], host: 'host-a' },
        position: 9400,
        cursor: '9400-9400',
        by: 'housekeeping',
        hash: '2c26b46b68ffc68ff99b453c1d304134',
      },
    ],
  },
} satisfies Example;

export const rebuildProjection = {
  params: { name: 'deployment-summary' },
  response: { projection: 'deployment-summary', cursor: '9001-4711' },
} satisfies Example;

export const live = { response: { status: 'ok', service: 'operator-api' } } satisfies Example;
const indicators = { postgresql: { status: 'up' }, nats: { status: 'up' } } as const;
export const ready = {
  response: { status: 'ok', service: 'operator-api', info: indicators, error: {}, details: indicators },
} satisfies Example;

export const metrics = {
  response: '# HELP backstay_deployments Deployments by status\n# TYPE backstay_deployments gauge\n',
} satisfies Example;

export const openApi = { response: { openapi: '3.1.0', info: { title: 'Backstay', version: '1' } } } satisfies Example;
