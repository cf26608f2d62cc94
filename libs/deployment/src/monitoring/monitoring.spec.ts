import { describe, expect, it } from 'vitest';
import type { Plan } from '@backstay/document';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import {
  at,
  breachOf,
  decided,
  examplePlan,
  exampleStep,
  foldDeployment,
  histories,
  minutes,
  passingChecks,
  nextAt,
  fullWatch,
} from '../testing/index.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(5));
const after = at(minutes(20));
const breach = breachOf();

const begin = (token = 1): DeploymentCommand => ({
  type: 'BeginWatch',
  from: now,
  until: at(minutes(15)),
  measurements: 'measurements-d-1',
  host: 'host-a',
  token,
  at: now,
});
const detect = (
  changes: Partial<Extract<DeploymentCommand, { type: 'DetectDegradation' }>> = {},
): DeploymentCommand => ({
  type: 'DetectDegradation',
  trigger: breach.text,
  kind: 'limit',
  breach,
  shadow: false,
  token: 1,
  at: now,
  ...changes,
});
const metrics = (verdict = 'pass', samples = 60) => [{ metric: 'error-rate', verdict, samples }];
const pass = (changes: Partial<Extract<DeploymentCommand, { type: 'PassMonitoring' }>> = {}): DeploymentCommand => ({
  type: 'PassMonitoring',
  metrics: metrics(),
  ...fullWatch(),
  token: 1,
  at: after,
  ...changes,
});
const fail: DeploymentCommand = {
  type: 'FailMonitoring',
  reason: 'error rate said nothing',
  metrics: metrics('no-data', 0),
  range: null,
  token: 1,
  at: after,
};
const alert = (action: 'page' | 'warn' | 'notify:#ops', changes = breach): DeploymentCommand => ({
  type: 'RaiseAlert',
  alert: 'Error rate > 5%',
  action,
  breach: changes,
  token: 1,
  at: now,
});
const change = (to: string): DeploymentCommand => ({
  type: 'ChangeVerdict',
  change: { metric: 'error-rate', from: null, to, reason: null, sample: null, range: null },
  token: 1,
  at: now,
});
const logs: DeploymentCommand = {
  type: 'RecordLogs',
  logs: {
    evidence: { reader: 'log', files: ['app.log'], patterns: ['CRITICAL'], allow: [] },
    verdict: 'pass',
    summary: 'nothing critical',
    facts: {},
    from: now,
    until: after,
  },
  token: 1,
  at: after,
};
const resolve = (outcome: 'completed' | 'failed' | 'retry'): DeploymentCommand => ({
  type: 'ResolveStep',
  step: 'watch',
  outcome,
  by: 'operator',
  reason: 'looked',
  at: after,
});
const trigger: DeploymentCommand = {
  type: 'TriggerRollback',
  trigger: { kind: 'manual', text: 'stop', line: null, by: 'operator' },
  reason: 'stop',
  at: now,
};
const askPlan = examplePlan({
  monitoring: { ...examplePlan().monitoring, onNoData: { waitMs: 60_000, then: 'ask:operator' } },
});

describe('the watch', () => {
  it('begins once, after the verification', () => {
    given(...histories.closing())
      .when(begin())
      .thenRejected('not-monitoring');
    given(...histories.verified())
      .when(begin())
      .thenTypes('WatchStarted');
    given(...histories.watching())
      .when(begin())
      .thenNothing();
  });

  it('refuses a stale token for every verdict', () => {
    const taken = decided(histories.verified(), begin(3));
    for (const command of [pass(), fail, detect(), alert('page'), change('fail'), logs]) {
      given(...taken)
        .when({ ...command, token: 2 } as DeploymentCommand)
        .thenRejected('stale-token');
    }
  });

  it('reads the logs once', () => {
    given(...histories.watching())
      .when(logs)
      .thenTypes('LogsRead');
    given(...decided(histories.watching(), logs))
      .when(logs)
      .thenNothing();
    given(...histories.succeeded())
      .when(logs)
      .thenNothing();
  });

  it('passes when it is over and has measured something, once', () => {
    given(...histories.watching())
      .when(pass())
      .thenTypes('MonitoringPassed', 'DeploymentSucceeded');
    given(...histories.succeeded())
      .when(pass())
      .thenNothing();
  });

  it('does not pass before it began, before it is over, or with nothing measured', () => {
    given(...histories.verified())
      .when(pass())
      .thenRejected('watch-not-over');
    given(...histories.watching())
      .when(pass({ at: now }))
      .thenRejected('watch-not-over');
    given(...histories.watching())
      .when(pass({ metrics: [] }))
      .thenRejected('nothing-measured');
    given(...histories.watching())
      .when(pass({ metrics: metrics('no-data', 0) }))
      .thenRejected('nothing-measured');
    given(...histories.closing())
      .when(pass())
      .thenRejected('not-monitoring');
  });

  const needed = examplePlan().monitoring.watchMs / examplePlan().monitoring.everyMs;
  const range = (from: number, to: number) => ({ stream: 'measurements-d-1', from, to, hash: 'h' });

  it.each([
    ['one tick too few was counted', { ticks: needed - 1, range: range(1, needed) }],
    ['fewer are recorded than were counted', { ticks: needed, range: range(2, needed) }],
    ['none is recorded', { ticks: needed, range: null }],
  ])('does not pass where %s, however long it took', (_, counted) => {
    given(...histories.watching())
      .when(pass({ ...counted, at: at(minutes(500)) }))
      .thenRejected('watched-too-little');
  });

  it('passes with as many ticks as make it whole, and records how many', () => {
    const events = decided(histories.watching(), pass({ ticks: needed, range: range(7, needed + 6) }));
    expect(events.find(({ type }) => type === 'MonitoringPassed')?.data).toMatchObject({ ticks: needed });
  });

  it('in shadow mode passes no more than otherwise what nobody watched', () => {
    const shadow = examplePlan({ monitoring: { ...examplePlan().monitoring, mode: 'shadow' } });
    given(...histories.watching(shadow))
      .when(pass({ ticks: needed - 1 }))
      .thenRejected('watched-too-little');
  });

  it('in shadow mode is over also with nothing measured', () => {
    const shadow = examplePlan({ monitoring: { ...examplePlan().monitoring, mode: 'shadow' } });
    given(...histories.watching(shadow))
      .when(pass({ metrics: metrics('no-data', 0) }))
      .thenTypes('MonitoringPassed', 'DeploymentSucceeded');
  });

  it('that the data do not decide is held for a person, whatever the document says of missing data', () => {
    given(...histories.watching())
      .when({ ...fail, undecided: true })
      .thenTypes('MonitoringFailed', 'DeploymentHeld');
    const events = decided(histories.watching(), { ...fail, undecided: true });
    const dataOf = (wanted: string) => events.find(({ type }) => type === wanted)?.data;
    expect(dataOf('MonitoringFailed')).toMatchObject({ undecided: true });
    expect(dataOf('DeploymentHeld')).toMatchObject({ code: 'undecided', duty: 'on-call', step: 'watch' });
  });

  it('that says nothing is rolled back, once', () => {
    given(...histories.watching())
      .when(fail)
      .thenTypes('MonitoringFailed', 'RollbackTriggered');
    given(...decided(histories.watching(), fail))
      .when(fail)
      .thenNothing();
  });
});

describe('a watch that says nothing and asks', () => {
  const asked = decided(histories.watching(askPlan), fail);

  it('is held for the duty, with triggers armed, once', () => {
    expect(foldDeployment(asked)).toMatchObject({
      status: 'held',
      hold: { code: 'no-data', duty: 'operator', step: 'watch' },
    });
    given(...asked)
      .when(fail)
      .thenNothing();
    given(...asked)
      .when(pass())
      .thenNothing();
    expect(nextAt('monitoring', asked, after)).toEqual({ kind: 'effect', effect: { kind: 'watch', mode: 'guard' } });
    given(...asked)
      .when(detect())
      .thenTypes('DegradationDetected', 'DeploymentReleased', 'RollbackTriggered');
  });

  it('is taken on a person’s confirmation without ever becoming a pass', () => {
    given(...asked)
      .when(resolve('completed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'DeploymentSucceeded');
    given(...decided(asked, resolve('completed')))
      .when(resolve('completed'))
      .thenRejected('not-held');
  });

  it('is taken as failed, or watched anew', () => {
    given(...asked)
      .when(resolve('failed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'RollbackTriggered');
    const again = decided(asked, resolve('retry'));
    expect(foldDeployment(again)).toMatchObject({ status: 'monitoring', watch: null });
    given(...again)
      .when(begin())
      .thenTypes('WatchStarted');
  });
});

describe('traffic of smoke tests', () => {
  const plan = (flows: readonly number[] | undefined): Plan => {
    const usual = examplePlan();
    const syntheticTraffic = flows && { flows: [...flows] };
    return { ...usual, monitoring: { ...usual.monitoring, ...(syntheticTraffic && { syntheticTraffic }) } };
  };
  const beginTraffic = (token = 1): DeploymentCommand => ({
    type: 'BeginTraffic',
    everyMs: 500,
    host: 'host-a',
    token,
    at: now,
  });
  const watching = histories.watching(plan([1]));

  it('is recorded before the first request, and once for a watch', () => {
    given(...watching)
      .when(beginTraffic())
      .then({ type: 'SyntheticTrafficStarted', data: { flows: [1], everyMs: 500, host: 'host-a', token: 1, at: now } });
    const begun = decided(watching, beginTraffic());
    expect(foldDeployment(begun)).toMatchObject({ watch: { traffic: { everyMs: 500 } } });
    given(...begun)
      .when(beginTraffic())
      .thenNothing();
  });

  it('is no traffic where the plan has none, before the watch, or of an earlier lease', () => {
    given(...histories.watching(plan(undefined)))
      .when(beginTraffic())
      .thenRejected('no-traffic');
    given(...histories.verified(plan([1])))
      .when(beginTraffic())
      .thenRejected('not-watched');
    given(...decided(histories.verified(plan([1])), begin(3)))
      .when(beginTraffic(2))
      .thenRejected('stale-token');
  });

  it('ends with the watch: a watch that a person asks for again begins without it', () => {
    const held = decided(watching, beginTraffic(), {
      type: 'AskUnwatched',
      reason: 'only 3 s of 10 s',
      token: 1,
      at: after,
    });
    given(...held)
      .when(beginTraffic())
      .thenNothing();
    const again = decided(held, resolve('retry'), begin());
    expect(foldDeployment(again)).toMatchObject({ watch: { traffic: null } });
  });

  it('is counted where the watch passes', () => {
    const traffic = { requests: 120, failed: 0 };
    given(...decided(watching, beginTraffic()))
      .when({ ...pass(), traffic } as DeploymentCommand)
      .thenTypes('MonitoringPassed', 'DeploymentSucceeded');
    const ended = decided(watching, beginTraffic(), { ...pass(), traffic } as DeploymentCommand);
    expect(ended.find(({ type }) => type === 'MonitoringPassed')?.data).toMatchObject({ traffic });
  });
});

describe('a watch of which too little was watched', () => {
  const ask: DeploymentCommand = { type: 'AskUnwatched', reason: 'only 3 s of 10 s', token: 1, at: after };
  const asked = decided(histories.watching(), ask);

  it('does not count against the release: a person is asked, once, with triggers armed', () => {
    expect(foldDeployment(asked)).toMatchObject({
      status: 'held',
      hold: {
        code: 'unwatched',
        duty: 'on-call',
        step: 'watch',
        why: 'only 3 s of 10 s; is the new version to be watched again, taken as good, or rolled back?',
      },
    });
    for (const late of [ask, pass(), fail])
      given(...asked)
        .when(late)
        .thenNothing();
    expect(nextAt('monitoring', asked, after)).toEqual({ kind: 'effect', effect: { kind: 'watch', mode: 'guard' } });
    given(...asked)
      .when(detect())
      .thenTypes('DegradationDetected', 'DeploymentReleased', 'RollbackTriggered');
  });

  it.each([
    ['retry', ['StepResolved', 'DeploymentReleased']],
    ['completed', ['StepResolved', 'DeploymentReleased', 'DeploymentSucceeded']],
    ['failed', ['StepResolved', 'DeploymentReleased', 'RollbackTriggered']],
  ] as const)('is resolved by %s', (outcome, types) => {
    given(...asked)
      .when(resolve(outcome))
      .thenTypes(...types);
  });

  it('is watched anew, whole, where the person says so', () => {
    const again = decided(asked, resolve('retry'), begin());
    expect(again.at(-1)?.type).toBe('WatchStarted');
    given(...again)
      .when(pass({ at: at(minutes(16)) }))
      .thenTypes('MonitoringPassed', 'DeploymentSucceeded');
  });

  it('is asked for by nobody who does not hold the lease, nor after the end', () => {
    given(...decided(histories.verified(), begin(3)))
      .when({ ...ask, token: 2 })
      .thenRejected('stale-token');
    given(...histories.succeeded())
      .when(ask)
      .thenNothing();
  });
});

describe('a watch without metrics', () => {
  const { monitoring, rollback } = examplePlan();
  const unmeasured = { ...monitoring, source: null, metrics: [], thresholds: [] };
  const untriggered = { ...rollback, triggers: [] };
  const byChecks = examplePlan({ monitoring: { ...unmeasured, watchedBy: 'checks' }, rollback: untriggered });
  const unwatched = examplePlan({ monitoring: unmeasured, rollback: untriggered });

  it('goes by the health checks and smoke tests, and a release is no success before its end', () => {
    expect(histories.verified(byChecks).at(-1)?.type).toBe('VerificationPassed');
    expect(nextAt('monitoring', histories.verified(byChecks), now)).toEqual({
      kind: 'effect',
      effect: { kind: 'watch', mode: 'window' },
    });
    given(...histories.watching(byChecks))
      .when(pass({ metrics: [], checks: 2 }))
      .thenTypes('MonitoringPassed', 'DeploymentSucceeded');
    given(...histories.watching(byChecks))
      .when(pass({ metrics: [], checks: 0 }))
      .thenRejected('nothing-measured');
    given(...histories.watching(byChecks))
      .when(pass({ metrics: [] }))
      .thenRejected('nothing-measured');
  });

  it('rolls back by the check that failed', () => {
    const checks = passingChecks(false).slice(1);
    given(...histories.watching(byChecks))
      .when(detect({ kind: 'health-checks', checks }))
      .thenTypes('HealthCheckFailed', 'DegradationDetected', 'RollbackTriggered');
  });

  it('has no guard: nothing is measured while it is executed', () => {
    expect(nextAt('monitoring', histories.performing('deploy.1', byChecks), now)).toEqual({ kind: 'idle' });
  });

  it('is none where a plan of an earlier version does not say what it goes by', () => {
    expect(
      histories
        .verified(unwatched)
        .map(({ type }) => type)
        .slice(-2),
    ).toEqual(['VerificationPassed', 'DeploymentSucceeded']);
  });

  it('with metrics does not pass on its checks', () => {
    given(...histories.watching())
      .when(pass({ metrics: metrics('no-data', 0), checks: 2 }))
      .thenRejected('nothing-measured');
  });
});

describe('a question about silence without a reply', () => {
  it.each([
    ['no-data', decided(histories.watching(askPlan), fail)],
    ['undecided', decided(histories.watching(), { ...fail, undecided: true })],
    ['unwatched', decided(histories.watching(), { type: 'AskUnwatched', reason: 'nobody', token: 1, at: after })],
  ] as const)('takes nothing back: %s', (code, events) => {
    expect(foldDeployment(events)).toMatchObject({ hold: { code } });
    given(...events)
      .when({ type: 'ExpireHold', at: at(minutes(20 + 24 * 60)) })
      .thenTypes('DeploymentReleased', 'DeploymentHalted');
  });
});

describe('a broken limit', () => {
  it('rolls back from every state in which something was changed, also while held, once', () => {
    for (const events of [
      histories.performing('deploy.1'),
      histories.performing('post.1'),
      histories.closing(),
      histories.watching(),
    ]) {
      given(...events)
        .when(detect())
        .thenTypes('DegradationDetected', 'RollbackTriggered');
      given(...decided(events, detect()))
        .when(detect())
        .thenNothing();
    }
  });

  it('says nothing before a change and after the end', () => {
    for (const events of [
      histories.performing('pre.1'),
      histories.claimed(),
      histories.succeeded(),
      histories.rolledBack(),
    ]) {
      given(...events)
        .when(detect())
        .thenNothing();
    }
  });

  it('during the watch of a deployment that changed nothing fails it', () => {
    const nothing = histories.watching(examplePlan({ steps: [exampleStep('deploy.1', { mutates: false })] }));
    given(...nothing)
      .when(detect())
      .thenTypes('DegradationDetected', 'DeploymentFailed');
    given(...decided(nothing, detect()))
      .when(detect())
      .thenNothing();
  });

  it('is never a pass afterwards', () => {
    given(...decided(histories.watching(), detect()))
      .when(pass())
      .thenNothing();
  });

  it('names the flows that failed', () => {
    const checks = passingChecks(false).slice(0, 1);
    given(...histories.watching())
      .when(detect({ kind: 'critical-flow', checks }))
      .thenTypes('SmokeTestFailed', 'DegradationDetected', 'RollbackTriggered');
  });

  it('in shadow mode is only reported, once', () => {
    const withheld = decided(histories.watching(), detect({ shadow: true }));
    given(...histories.watching())
      .when(detect({ shadow: true }))
      .thenTypes('RollbackWithheld');
    given(...withheld)
      .when(detect({ shadow: true }))
      .thenNothing();
    given(...withheld)
      .when(pass())
      .thenTypes('MonitoringPassed', 'DeploymentSucceeded');
  });
});

describe('a verdict and an alert', () => {
  it('are recorded once each', () => {
    given(...histories.watching())
      .when(change('fail'))
      .thenTypes('MetricVerdictChanged');
    given(...decided(histories.watching(), change('fail')))
      .when(change('fail'))
      .thenNothing();
    given(...decided(histories.watching(), change('fail')))
      .when(change('pass'))
      .thenTypes('MetricVerdictChanged');
    const alerted = decided(histories.watching(), alert('page'));
    given(...histories.watching())
      .when(alert('page'))
      .thenTypes('AlertRaised');
    given(...alerted)
      .when(alert('page'))
      .thenNothing();
    given(...alerted)
      .when(alert('page', breachOf({ observed: 0.2 })))
      .thenTypes('AlertRaised');
  });

  it('come too late after the end and before a change', () => {
    for (const events of [histories.ready(), histories.succeeded()]) {
      given(...events)
        .when(change('fail'))
        .thenNothing();
      given(...events)
        .when(alert('page'))
        .thenNothing();
    }
  });

  it.each([
    ['page', ['on-call']],
    ['notify:#ops', ['#ops']],
    ['warn', []],
  ] as const)('that says %s has a pending notice to %j', (action, channels) => {
    const state = foldDeployment(decided(histories.watching(), alert(action)));
    expect('pendingNotices' in state && state.pendingNotices.map(({ channel }) => channel)).toEqual(channels);
  });
});

describe('a notice', () => {
  const pending = decided(histories.watching(), alert('page'));
  const notice = {
    notice: 'alert.1.on-call',
    channel: 'on-call',
    about: 'error rate',
    detail: 'responded with 200',
    at: now,
  };

  it.each([
    [true, 'NoticeDelivered'],
    [false, 'NoticeFailed'],
  ])('is tried to the end once: delivered %s', (delivered, type) => {
    const command: DeploymentCommand = { type: 'RecordNotice', ...notice, delivered };
    given(...pending)
      .when(command)
      .thenTypes(type);
    given(...decided(pending, command))
      .when(command)
      .thenNothing();
    given(...decided(pending, trigger))
      .when(command)
      .thenTypes(type);
    given(...histories.watching())
      .when(command)
      .thenNothing();
  });
});

describe('a notice that is sent', () => {
  const pending = decided(histories.watching(), alert('page'));
  const begin = (token: number): DeploymentCommand => {
    const host = `host-${token}`;
    return { type: 'BeginNotice', notice: 'alert.1.on-call', channel: 'on-call', token, host, at: now };
  };
  const record = {
    notice: 'alert.1.on-call',
    channel: 'on-call',
    about: 'error rate',
    detail: 'responded with 200',
    at: now,
  };
  const delivered: DeploymentCommand = { type: 'RecordNotice', ...record, delivered: true };

  it('has its intent recorded before, once for each holder', () => {
    const started = { notice: 'alert.1.on-call', channel: 'on-call', attempt: 1, token: 3, host: 'host-3', at: now };
    given(...pending)
      .when(begin(3))
      .then({ type: 'NoticeStarted', data: started });
    const begun = decided(pending, begin(3));
    given(...begun)
      .when(begin(3))
      .thenNothing();
    given(...begun)
      .when(begin(2))
      .thenRejected('stale-token');
    given(...decided(begun, delivered))
      .when(begin(4))
      .thenNothing();
  });

  it('again after its holder was lost may be a repetition, and is recorded as such', () => {
    const lost = decided(pending, begin(3));
    given(...lost)
      .when(delivered)
      .then({ type: 'NoticeDelivered', data: record });
    const again = decided(lost, begin(4));
    expect(again.at(-1)).toMatchObject({ type: 'NoticeStarted', data: { attempt: 2, token: 4 } });
    expect(nextAt('execution', again, now)).toMatchObject({
      effect: { kind: 'deliver-notice', notice: { sending: { attempt: 2, token: 4 } } },
    });
    given(...again)
      .when(delivered)
      .then({ type: 'NoticeDelivered', data: { ...record, possiblyRepeated: true } });
    given(...again)
      .when({ ...delivered, delivered: false })
      .then({ type: 'NoticeFailed', data: { ...record, possiblyRepeated: true } });
  });
});

describe('the guard', () => {
  it('watches from the first change on, until the watch takes over', () => {
    const mode = (events: Parameters<typeof foldDeployment>[0]) => nextAt('monitoring', events, now);
    expect(mode(histories.performing('pre.1'))).toEqual({ kind: 'idle' });
    expect(mode(histories.performing('deploy.1'))).toEqual({
      kind: 'effect',
      effect: { kind: 'watch', mode: 'guard' },
    });
    expect(mode(histories.watching())).toEqual({ kind: 'effect', effect: { kind: 'watch', mode: 'window' } });
    expect(mode(histories.rollingBack())).toEqual({ kind: 'idle' });
    expect(mode(histories.succeeded())).toEqual({ kind: 'complete' });
  });

  it('is there also where only a trigger names what is measured', () => {
    const { monitoring, rollback } = examplePlan();
    const plan = examplePlan({ monitoring: { ...monitoring, metrics: [], thresholds: [] } });
    expect(nextAt('monitoring', histories.performing('deploy.1', plan), now)).toEqual({
      kind: 'effect',
      effect: {
        kind: 'watch',
        mode: 'guard',
      },
    });
    const none = { ...plan, rollback: { ...rollback, triggers: [] } };
    expect(nextAt('monitoring', histories.performing('deploy.1', none), now)).toEqual({ kind: 'idle' });
  });
});
