import type {
  Breach,
  CheckResult,
  DeploymentKind,
  Finding,
  Inherited,
  MeasurementsTaken,
  RecordedSample,
  ReleaseRef,
  RestorationChecks,
} from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import type { Actor, RecordedEvent } from '@backstay/event-sourcing';
import { examplePlan } from './plan.ts';
import { secondsIn, Story, type StepEnding } from './story.ts';

export const previous: ReleaseRef = { version: '1.1.0', commit: null, release: 'r-1.1.0', deployment: 'd0' };
export const operator: Actor = { kind: 'person', name: 'operator' };

export const login = (passed = true, reason = 'answered 500'): CheckResult => ({
  kind: 'smoke-test',
  title: 'User Login',
  passed,
  line: 112,
  attempts: 1,
  observed: { status: passed ? 200 : 500 },
  ...(passed ? {} : { reason }),
});
export const health = (passed = true): CheckResult => ({
  kind: 'health-check',
  title: 'Application health',
  passed,
  line: 124,
  attempts: 1,
  observed: {},
  ...(passed ? {} : { reason: 'refused the connection' }),
});

const finding = (code: string, subject: string, ok = true): Finding => ({
  code,
  subject,
  ok,
  blocking: false,
  message: ok ? 'answers' : 'does not answer',
});
export const goodFindings: readonly Finding[] = [
  finding('dashboard', 'http://127.0.0.1:7300/d/orders-api'),
  finding('metric', 'Error rate'),
];

export const goodReport: StepEnding = {
  result: {
    evidence: {
      reader: 'junit',
      verdict: 'pass',
      attested: true,
      summary: '12 tests, 0 failures',
      facts: { tests: 12 },
      files: [],
    },
  },
};
export const goodSteps: Readonly<Record<string, StepEnding>> = {
  'pre.1': goodReport,
  'pre.2': { result: { delivered: true, channel: 'team' } },
  'deploy.2': { result: { release: 'r-1.2.0' } },
  'post.1': {
    result: {
      documentation: [
        { line: 160, text: 'CHANGELOG updated', verdict: 'pass', summary: 'the commit touches CHANGELOG.md' },
      ],
    },
  },
};

const normal = {
  metric: 'error-rate',
  unit: 'ratio' as const,
  windowMs: 5_000,
  value: 0.002,
  mean: 0.002,
  samples: 60,
};

interface Beginning {
  readonly id?: string;
  readonly second?: number;
  readonly kind?: DeploymentKind;
  readonly plan?: Plan;
  readonly actor?: Actor;
  readonly requestedBy?: string;
  readonly running?: ReleaseRef | null;
  readonly inherited?: Inherited;
  readonly findings?: readonly Finding[];
}

/** A request and nothing else. */
export function requested({ id = 'd1', second = 0, kind = 'deployment', actor, requestedBy }: Beginning = {}): Story {
  const origin = { source: 'ci', id: `request-${id}`, bodyDigest: 'sha256:body' };
  const request = {
    document: '# Deployment: orders-api',
    environment: 'production',
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  return new Story(id, second).when(
    (at) => ({ type: 'RequestDeployment', id, kind, origin, request, of: kind === 'rollback' ? 'd0' : null, at }),
    actor,
  );
}

export function drafted(beginning: Beginning = {}): Story {
  const { plan = examplePlan(), inherited = null } = beginning;
  return requested(beginning)
    .when(() => ({ type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited }))
    .when((at) => ({ type: 'ClearBlockers', satisfied: [], at }));
}

/** Planned, with its environment claimed and all preflight reports in. */
export function planned(beginning: Beginning = {}): Story {
  const { running = previous, findings = goodFindings } = beginning;
  const claim = { stream: 'environment-orders-api.production', version: 3 };
  return drafted(beginning)
    .when((at) => ({ type: 'RequestPreflight', claim, running, verifiedGood: running, quarantined: [], at }))
    .when((at) => ({ type: 'ReportPreflight', phase: 'execution', findings: [], at }))
    .when((at) => ({ type: 'ReportPreflight', phase: 'verification', findings: [], at }))
    .when((at) => {
      const baseline = {
        metrics: [normal],
        from: secondsIn(-60),
        to: secondsIn(-1),
        overMs: 60_000,
        skipped: null,
        at,
      };
      return { type: 'ReportPreflight', phase: 'monitoring', findings, baseline, at };
    });
}

/** Planned, with the way back recorded: the first step may begin. */
export function ready(beginning: Beginning = {}): Story {
  const target = beginning.running === undefined ? previous : beginning.running;
  const point = { target, configurationDigest: null, schemaVersion: null, backupStep: null };
  return planned(beginning).when(() => ({ type: 'CaptureRollbackPoint', point }));
}

export function executed(beginning: Beginning = {}, endings = goodSteps): Story {
  return ready(beginning).perform(endings);
}

export function verified(beginning: Beginning = {}, endings = goodSteps): Story {
  return executed(beginning, endings)
    .when((at) => ({ type: 'BeginChecks', purpose: 'verification', token: 1, host: 'host-1', at }))
    .when((at) => ({ type: 'RecordChecks', purpose: 'verification', token: 1, results: [login(), health()], at }));
}

export function watched(beginning: Beginning = {}, endings = goodSteps): Story {
  return verified(beginning, endings).when((at) => ({
    type: 'BeginWatch',
    from: at,
    until: new Date(Date.parse(at) + 20_000).toISOString(),
    measurements: `measurements-${beginning.id ?? 'd1'}`,
    token: 1,
    host: 'host-1',
    at,
  }));
}

/** Everything went well. */
export function success(beginning: Beginning = {}, endings = goodSteps): Story {
  const plan = beginning.plan ?? examplePlan();
  const story = watched(beginning, endings).later(20);
  const { logs } = plan.monitoring;
  if (logs !== null) {
    const read = {
      evidence: logs,
      verdict: 'pass' as const,
      summary: '120 lines, none critical',
      facts: { lines: 120 },
      from: secondsIn(0),
      until: story.now,
    };
    story.when((at) => ({ type: 'RecordLogs', logs: read, token: 1, at }));
  }
  const metrics = [{ metric: 'error-rate', verdict: 'pass', samples: 20 }];
  return story.when((at) => ({ type: 'PassMonitoring', metrics, range: null, token: 1, at }));
}

export const sample = (
  second: number,
  value: number | null,
  override: Partial<RecordedSample> = {},
): RecordedSample => ({
  metric: 'error-rate',
  time: secondsIn(second),
  value,
  unit: 'ratio',
  windowMs: 5_000,
  verdict: value === null ? 'no-data' : 'pass',
  requests: 100,
  latencyMs: 4,
  ...(value === null ? { reason: 'connection refused' } : {}),
  ...override,
});

export const breach: Breach = {
  text: 'Error rate > 5% for 5s',
  line: 142,
  metric: 'error-rate',
  observed: 0.098,
  limit: 0.05,
  unit: 'ratio',
  forMs: 5_000,
  sentence: 'error rate was 9.8 % (limit 5 % for 5 s, line 142)',
  samples: [sample(30, 0.097), sample(31, 0.098)],
  range: { stream: 'measurements-d1', from: 1, to: 9, hash: 'ab' },
};

/** The watch finds the error rate above its limit. */
export function degraded(beginning: Beginning = {}): Story {
  const change = {
    metric: 'error-rate',
    from: 'pass',
    to: 'fail',
    reason: breach.sentence,
    sample: sample(31, 0.098),
    range: breach.range,
  };
  return watched(beginning)
    .later(5)
    .when((at) => ({ type: 'ChangeVerdict', change, token: 1, at }))
    .when((at) => ({
      type: 'DetectDegradation',
      trigger: breach.text,
      kind: 'limit',
      breach,
      shadow: false,
      token: 1,
      at,
    }));
}

const checks: RestorationChecks = { from: 'd0', smokeTests: [], healthChecks: [] };

/** Carries a triggered rollback out, as far as the checks of what was restored. */
export function undone(
  story: Story,
  target: ReleaseRef | null = previous,
  endings: Readonly<Record<string, StepEnding>> = {},
): Story {
  return story.when((at) => ({ type: 'PlanRollback', token: 1, target, checks, at })).perform(endings);
}

export function restored(
  story: Story,
  results: readonly CheckResult[] = [login(), health()],
  target: ReleaseRef | null = previous,
): Story {
  return undone(story, target)
    .when((at) => ({ type: 'BeginChecks', purpose: 'restoration', token: 1, host: 'host-1', at }))
    .when((at) => ({ type: 'RecordChecks', purpose: 'restoration', token: 1, results, at }));
}

export function rolledBackByErrorRate(beginning: Beginning = {}): Story {
  return restored(degraded(beginning));
}

export function rolledBackByHand(beginning: Beginning = {}): Story {
  const trigger = { kind: 'manual' as const, text: 'customers complain', line: null, by: 'operator' };
  return restored(
    watched(beginning).when((at) => ({ type: 'TriggerRollback', trigger, reason: 'customers complain', at }), operator),
  );
}

/** The first mutating step fails, and what was begun is undone. */
export function rolledBackByStep(beginning: Beginning = {}): Story {
  return restored(
    executed(beginning, { ...goodSteps, 'deploy.2': { outcome: { status: 'failed', reason: 'exit 1' } } }),
  );
}

/** A step fails before anything was changed. */
export function failed(beginning: Beginning = {}): Story {
  return executed(beginning, { 'pre.1': { outcome: { status: 'failed', reason: '2 of 12 tests failed' } } });
}

export function cancelled(beginning: Beginning = {}): Story {
  return planned(beginning).when(
    (at) => ({ type: 'CancelDeployment', reason: 'wrong version', by: 'operator', at }),
    operator,
  );
}

export function rejected(beginning: Beginning = {}): Story {
  const problem = {
    line: 12,
    column: 3,
    severity: 'error' as const,
    code: 'unfilled',
    message: '`[version number]` is not filled in',
  };
  return requested(beginning).when((at) => ({
    type: 'RejectDeployment',
    because: 'document',
    problems: [problem, { ...problem, line: 14 }],
    at,
  }));
}

export function heldByAnother(beginning: Beginning = {}): Story {
  const hold = {
    code: 'environment-held' as const,
    why: 'deployment d9 holds the environment',
    duty: null,
    step: null,
    winner: 'd9',
  };
  return drafted(beginning).when((at) => ({ type: 'HoldDeployment', ...hold, until: secondsIn(3_600), at }));
}

/** The stream of measurements, one tick a second from `second` on. */
export function measuredStream(
  values: readonly (number | null)[],
  second: number,
  id = 'd1',
): readonly RecordedEvent<MeasurementsTaken>[] {
  return values.map((value, index) => ({
    id: `${id}-m${index + 1}`,
    stream: `measurements-${id}`,
    version: index + 1,
    type: 'MeasurementsTaken',
    data: { at: secondsIn(second + index), samples: [sample(second + index, value)] },
    time: secondsIn(second + index),
    actor: { kind: 'service', name: 'monitoring' },
    correlation: id,
    causation: null,
    hash: '',
    cursor: `1-${index + 1}`,
  }));
}

/** Every story that has an end, and one that waits, by name. */
export const stories = {
  success,
  'a step that failed before anything was changed': failed,
  'rolled back by the error rate': rolledBackByErrorRate,
  'rolled back by hand': rolledBackByHand,
  'rolled back by a step': rolledBackByStep,
  cancelled,
  rejected,
  'held by another deployment': heldByAnother,
} as const;
