import type {
  CheckResult,
  DeploymentKind,
  DeployRequest,
  Finding,
  Inherited,
  ReleaseRef,
  RestorationChecks,
} from '@backstay/deployment';
import { fullWatch } from '@backstay/deployment/testing';
import type { Plan, Problem } from '@backstay/document';
import type { Actor } from '@backstay/event-sourcing';
import { goodFindings, goodSteps, health, login, operator, previous } from './outcomes.ts';
import { examplePlan } from './plan.ts';
import { breach, normal, sample } from './readings.ts';
import { secondsIn, Scenario, type StepEnding } from './scenario.ts';

interface Beginning {
  readonly id?: string;
  readonly second?: number;
  readonly kind?: DeploymentKind;
  /** Of kind `rollback`: what is taken back. */
  readonly of?: string;
  readonly plan?: Plan;
  readonly actor?: Actor;
  readonly requestedBy?: string;
  readonly running?: ReleaseRef | null;
  readonly inherited?: Inherited;
  readonly findings?: readonly Finding[];
  readonly rehearse?: boolean;
  /** The document that is requested. */
  readonly document?: string;
  readonly overrides?: DeployRequest['overrides'];
  /** What makes it no valid request. */
  readonly problems?: readonly Problem[];
}

/** A request and nothing else. */
export function requested(beginning: Beginning = {}): Scenario {
  const { id = 'd1', second = 0, kind = 'deployment', of = 'd0', actor, requestedBy, rehearse, overrides } = beginning;
  const { problems = [] } = beginning;
  const origin = { source: 'ci', id: `request-${id}`, bodyDigest: 'sha256:body' };
  const request = {
    document: beginning.document ?? '# Deployment: orders-api',
    environment: 'production',
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(rehearse === undefined ? {} : { rehearse }),
    ...(overrides === undefined ? {} : { overrides }),
  };
  return new Scenario(id, second).when(
    (at) => ({
      type: 'RequestDeployment',
      id,
      kind,
      origin,
      request,
      of: kind === 'rollback' ? of : null,
      problems,
      at,
    }),
    actor,
  );
}

export function drafted(beginning: Beginning = {}): Scenario {
  const { plan = examplePlan(), inherited = null } = beginning;
  return requested(beginning)
    .when(() => ({ type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited }))
    .when((at) => ({ type: 'ClearBlockers', satisfied: [], at }));
}

/** Planned, with its environment claimed and all preflight reports in. */
export function planned(beginning: Beginning = {}): Scenario {
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

/** Two findings stand against it, and the request overrides both as the profile allows. */
export function overridden(beginning: Beginning = {}): Scenario {
  const against = (code: string, subject: string, message: string): Finding => ({
    code,
    subject,
    ok: false,
    blocking: true,
    message,
  });
  const findings = [
    ...goodFindings,
    against('rollback-target', 'rollback target', '1.1.0 was never verified good here'),
    against('disk', 'disk', 'has less than 1 GiB left'),
  ];
  const plan = examplePlan({ overridable: ['rollback-target', 'disk'] });
  const overrides = [
    { code: 'rollback-target', reason: '1.1.0 is known to work' },
    { code: 'disk', reason: 'it is cleaned up afterwards' },
  ];
  return planned({ plan, findings, overrides, requestedBy: 'robin', ...beginning });
}

/** Planned, with the rollback point recorded: the first step may begin. */
export function ready(beginning: Beginning = {}): Scenario {
  const target = beginning.running === undefined ? previous : beginning.running;
  const point = { target, configurationDigest: null, schemaVersion: null, backupStep: null };
  return planned(beginning).when(() => ({ type: 'CaptureRollbackPoint', point }));
}

export function executed(beginning: Beginning = {}, endings = goodSteps): Scenario {
  return ready(beginning).perform(endings);
}

export function verified(beginning: Beginning = {}, endings = goodSteps): Scenario {
  return executed(beginning, endings)
    .when((at) => ({ type: 'BeginChecks', purpose: 'verification', token: 1, host: 'host-1', at }))
    .when((at) => ({ type: 'RecordChecks', purpose: 'verification', token: 1, results: [login(), health()], at }));
}

export function watched(beginning: Beginning = {}, endings = goodSteps): Scenario {
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
export function success(beginning: Beginning = {}, endings = goodSteps): Scenario {
  const plan = beginning.plan ?? examplePlan();
  const scenario = watched(beginning, endings).later(20);
  const { logs } = plan.monitoring;
  if (logs !== null) {
    const read = {
      evidence: logs,
      verdict: 'pass' as const,
      summary: '120 lines, none critical',
      facts: { lines: 120 },
      from: secondsIn(0),
      until: scenario.now,
    };
    scenario.when((at) => ({ type: 'RecordLogs', logs: read, token: 1, at }));
  }
  const metrics = [{ metric: 'error-rate', verdict: 'pass', samples: 20 }];
  return scenario.when((at) => ({ type: 'PassMonitoring', metrics, ...fullWatch(plan), token: 1, at }));
}

/** What was measured after a beginning that is later than usual. */
const later = (time: string, { second = 0 }: Beginning): string =>
  new Date(Date.parse(time) + second * 1_000).toISOString();

/** The watch finds the error rate above its limit. */
export function degraded(beginning: Beginning = {}): Scenario {
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
      breach: { ...breach, samples: breach.samples.map((each) => ({ ...each, time: later(each.time, beginning) })) },
      shadow: false,
      token: 1,
      at,
    }));
}

const checks: RestorationChecks = { from: 'd0', smokeTests: [], healthChecks: [] };

/** Carries a triggered rollback out, as far as the checks of what was restored. */
export function undone(
  scenario: Scenario,
  target: ReleaseRef | null = previous,
  endings: Readonly<Record<string, StepEnding>> = {},
): Scenario {
  return scenario.when((at) => ({ type: 'PlanRollback', token: 1, target, checks, at })).perform(endings);
}

export function restored(
  scenario: Scenario,
  results: readonly CheckResult[] = [login(), health()],
  target: ReleaseRef | null = previous,
): Scenario {
  return undone(scenario, target)
    .when((at) => ({ type: 'BeginChecks', purpose: 'restoration', token: 1, host: 'host-1', at }))
    .when((at) => ({ type: 'RecordChecks', purpose: 'restoration', token: 1, results, at }));
}

export function rolledBackByErrorRate(beginning: Beginning = {}): Scenario {
  return restored(degraded(beginning));
}

export function rolledBackManually(beginning: Beginning = {}): Scenario {
  const trigger = { kind: 'manual' as const, text: 'customers complain', line: null, by: 'operator' };
  return restored(
    watched(beginning).when((at) => ({ type: 'TriggerRollback', trigger, reason: 'customers complain', at }), operator),
  );
}

/** The first mutating step fails, and what was begun is undone. */
export function rolledBackByStep(beginning: Beginning = {}): Scenario {
  return restored(
    executed(beginning, { ...goodSteps, 'deploy.2': { outcome: { status: 'failed', reason: 'exit 1' } } }),
  );
}

/** Everything went well, and the rollback point was gone because that is what a rehearsal is for. */
export function rehearsed(beginning: Beginning = {}): Scenario {
  return restored(success({ plan: examplePlan({ environment: 'staging' }), rehearse: true, ...beginning }));
}

/** A step fails before anything was changed. */
export function failed(beginning: Beginning = {}): Scenario {
  return executed(beginning, { 'pre.1': { outcome: { status: 'failed', reason: '2 of 12 tests failed' } } });
}

export function cancelled(beginning: Beginning = {}): Scenario {
  return planned(beginning).when(
    (at) => ({ type: 'CancelDeployment', reason: 'wrong version', by: 'operator', at }),
    operator,
  );
}

export function rejected(beginning: Beginning = {}): Scenario {
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

export function heldByAnother(beginning: Beginning = {}): Scenario {
  const hold = {
    code: 'environment-held' as const,
    why: 'deployment d9 holds the environment',
    duty: null,
    step: null,
    winner: 'd9',
  };
  return drafted(beginning).when((at) => ({ type: 'HoldDeployment', ...hold, until: secondsIn(3_600), at }));
}

/** The first step waits until a person confirms it. */
export function heldForPerson(beginning: Beginning = {}): Scenario {
  const hold = {
    code: 'manual' as const,
    why: 'tech-writer must confirm',
    duty: 'tech-writer',
    step: 'pre.1',
    winner: null,
  };
  return planned(beginning).when((at) => ({ type: 'HoldDeployment', ...hold, until: secondsIn(9_000), at }));
}

/** Nobody knows how the first step ended. */
export function doubtful(beginning: Beginning = {}): Scenario {
  return ready(beginning).performOne('pre.1', { outcome: { status: 'unknown', reason: 'host lost' } });
}

/** Every scenario that has an end, and one that waits, by name. */
export const scenarios = {
  success,
  'a step that failed before anything was changed': failed,
  'rolled back by the error rate': rolledBackByErrorRate,
  'rolled back manually': rolledBackManually,
  'rolled back by a step': rolledBackByStep,
  rehearsed,
  cancelled,
  rejected,
  'held by another deployment': heldByAnother,
} as const;
