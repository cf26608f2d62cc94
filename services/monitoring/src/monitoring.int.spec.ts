import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exampleHealthCheck, exampleStep } from '@backstay/deployment/testing';
import { logPositions } from '@backstay/evidence';
import type { SmokeTest } from '@backstay/document';
import { firstBrokenLink } from '@backstay/event-sourcing';
import { stopTestParts } from '@backstay/local-platform/testing';
import { step } from '@backstay/service-kit/testing';
import { planOf, threshold } from './plan.test-support.ts';
import { openStage, type Stage } from './stage.test-support.ts';
import { InstrumentedService } from '@backstay/telemetry/testing';

let stage: Stage;
let target: InstrumentedService;
let traffic: NodeJS.Timeout | undefined;

/** Requests that arrive all the time, with that share of errors. */
function serve(errors: number): void {
  clearInterval(traffic);
  traffic = setInterval(() => {
    target.serve(100 - errors * 100);
    if (errors > 0) target.serve(errors * 100, 500);
  }, 20);
}

const watched = (override: Parameters<typeof planOf>[0] = {}, plan: Parameters<typeof planOf>[1] = {}) =>
  planOf({ source: { kind: 'scrape', url: target.url }, ...override }, plan);

/** Where nothing listens any more. */
async function goneUrl(): Promise<string> {
  const gone = await InstrumentedService.start();
  const { url } = gone;
  await gone.stop();
  return url;
}

beforeEach(async () => {
  [stage, target] = await Promise.all([openStage(), InstrumentedService.start()]);
  target.serve(1);
});
afterEach(async () => {
  clearInterval(traffic);
  await stage.close();
  await target.stop().catch(() => undefined);
});
afterAll(() => stopTestParts());

describe('before a deployment', () => {
  it('records what is normal of the version that runs, and which metrics have data', async () => {
    serve(0.02);
    await stage.start();
    await stage.preflight('normal', watched());
    const data = await stage.event('normal', 'BaselineRecorded');
    expect(data).toMatchObject({
      skipped: null,
      overMs: 500,
      metrics: [{ metric: 'error-rate', unit: 'ratio', windowMs: 1_000 }],
    });
    expect(data.metrics[0]?.value).toBeCloseTo(0.02, 3);
    const report = await stage.event('normal', 'PreflightReported', ({ phase }) => phase === 'monitoring');
    expect(report).toMatchObject({
      phase: 'monitoring',
      findings: [{ code: 'metric', subject: 'error rate', ok: true, message: 'has data from http_requests_total' }],
    });
    await stage.event('normal', 'DeploymentPlanned');
  });

  it('has nothing to compare a first deployment with', async () => {
    await stage.start();
    await stage.preflight('first', watched(), null);
    expect(await stage.event('first', 'BaselineRecorded')).toMatchObject({ skipped: 'first deployment', metrics: [] });
    await stage.event('first', 'DeploymentPlanned');
  });

  it('refuses where a metric that a rollback depends on has no data', async () => {
    await stage.start();
    await stage.preflight(
      'silent',
      watched({ metrics: [], thresholds: [threshold({ metric: 'queue-depth', unit: 'count', value: 5 })] }),
    );
    const data = await stage.event('silent', 'DeploymentRejected');
    expect(data).toMatchObject({
      because: 'preflight',
      problems: [
        { code: 'metric', line: 142, message: expect.stringContaining('queue depth: no series of queue_depth') },
      ],
    });
  });

  it('records a dashboard that does not respond, and goes on', async () => {
    const gone = await goneUrl();
    await stage.start();
    await stage.preflight('dark', watched({ dashboards: [target.url, gone] }), null);
    await stage.event('dark', 'DeploymentPlanned');
    const reports = (await stage.events('dark')).flatMap((event) =>
      event.type === 'PreflightReported' ? event.data.findings : [],
    );
    expect(
      reports.filter(({ code }) => code === 'dashboard').map(({ subject, ok, blocking }) => [subject, ok, blocking]),
    ).toEqual([
      [target.url, true, false],
      [gone, false, false],
    ]);
  });
});

describe('while a deployment is executed', () => {
  it('rolls back on a measured breach, and says on which samples', async () => {
    serve(0);
    await stage.start();
    await stage.execute('breach', watched());
    serve(0.2);
    const data = await stage.event('breach', 'RollbackTriggered');
    expect(data).toMatchObject({ trigger: { kind: 'limit', line: 142, by: 'backstay' }, fromStatus: 'executing' });
    expect(data.reason).toMatch(/^error rate was [\d.]+ % \(limit 5 % for 300 ms, line 142\)$/);
    const { breach } = await stage.event('breach', 'DegradationDetected');
    expect(breach.sentence).toBe(data.reason);
    expect(breach.samples.length).toBeGreaterThanOrEqual(3);
    expect(
      breach.samples.every(
        ({ value, windowMs, verdict }) => Number(value) > 0.05 && windowMs === 1_000 && verdict === 'pass',
      ),
    ).toBe(true);
    const measured = await stage.measurements('breach');
    const { from, to, hash } = breach.range!;
    expect(measured[from - 1]?.data.at).toBe(breach.samples[0]?.time);
    expect(measured[to - 1]?.hash).toBe(hash);
  });

  it('records missing data and does not act on it until the watch, where it fails the deployment', async () => {
    await stage.start();
    await stage.execute('gone', watched(), null);
    await target.stop();
    await stage.ticks('gone', 15);
    expect((await stage.events('gone')).map(({ type }) => type)).not.toContain('RollbackTriggered');
    await stage.verify('gone');
    const data = await stage.event('gone', 'MonitoringFailed');
    expect(data.reason).toMatch(
      /^error rate had no data for [\d.]+ (s|ms): 127\.0\.0\.1:\d+: connection refused \(line 142\)$/,
    );
    expect(data.metrics).toMatchObject([{ metric: 'error-rate', verdict: 'error', samples: 0 }]);
    expect((await stage.event('gone', 'RollbackTriggered')).trigger.kind).toBe('no-data');
  });
});

describe('the watch', () => {
  it.each([-1, 1])(
    'is as long as it is, and without a gap, where the time of day is set by an hour: %i',
    async (hours) => {
      serve(0.01);
      const { now } = stage.platform;
      const id = `clock ${hours}`;
      await stage.start();
      await stage.execute(id, watched());
      await stage.verify(id);
      await stage.event(id, 'WatchStarted');
      await stage.ticks(id, (await stage.measurements(id)).length + 2);
      Object.assign(stage.platform, { now: () => new Date(Date.parse(now()) + hours * 3_600_000).toISOString() });
      try {
        await stage.event(id, 'MonitoringPassed');
        const times = (await stage.measurements(id)).map(({ data }) => Date.parse(data.at));
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        expect(times.at(-1)! - times[0]!).toBeLessThan(600_000);
      } finally {
        Object.assign(stage.platform, { now });
      }
    },
  );

  it('ends with success where everything stayed within its limits', async () => {
    serve(0.01);
    await stage.start();
    await stage.execute('healthy', watched());
    await stage.verify('healthy');
    const data = await stage.event('healthy', 'MonitoringPassed');
    expect(data.metrics).toEqual([{ metric: 'error-rate', verdict: 'pass', samples: expect.any(Number) }]);
    const scenario = await stage.events('healthy');
    expect(scenario.at(-1)?.type).toBe('DeploymentSucceeded');
    const changes = scenario.flatMap((event) =>
      event.type === 'MetricVerdictChanged' ? [[event.data.from, event.data.to]] : [],
    );
    expect(changes.at(-1)?.[1]).toBe('pass');
    expect(changes.slice(1).every(([from], index) => from === changes[index]?.[1])).toBe(true);
    const measured = await stage.measurements('healthy');
    expect(firstBrokenLink(measured, stage.platform.digest)).toBeNull();
    expect(measured[data.range!.to - 1]?.hash).toBe(data.range!.hash);
  });

  it('rolls back on a breach', async () => {
    serve(0);
    await stage.start();
    await stage.execute('late', watched({ watchMs: 60_000 }));
    await stage.verify('late');
    await stage.event('late', 'WatchStarted');
    serve(0.5);
    expect(await stage.event('late', 'RollbackTriggered')).toMatchObject({
      fromStatus: 'monitoring',
      trigger: { kind: 'limit' },
    });
  });

  it('asks a person about missing data where the document says so', async () => {
    await stage.start();
    await stage.execute('asks', watched({ onNoData: { waitMs: 500, then: 'ask:on-call' } }), null);
    await target.stop();
    await stage.verify('asks');
    expect(await stage.event('asks', 'DeploymentHeld')).toMatchObject({ code: 'no-data', duty: 'on-call' });
    const held = (await stage.measurements('asks')).length;
    await stage.ticks('asks', held + 3);
  });

  it('is continued by another process, and ends as it would have', async () => {
    serve(0);
    const first = await stage.start();
    await stage.execute('restart', watched({ watchMs: 3_000 }));
    await stage.verify('restart');
    const started = await stage.event('restart', 'WatchStarted');
    await stage.ticks('restart', (await stage.measurements('restart')).length + 8);
    await first.stop();
    await stage.start();
    const data = await stage.event('restart', 'MonitoringPassed');
    const scenario = await stage.events('restart');
    expect(scenario.filter(({ type }) => type === 'WatchStarted')).toHaveLength(1);
    const measured = (await stage.measurements('restart')).filter(({ data: { at } }) => at >= started.from);
    const valid = measured.filter(({ data: { samples } }) => samples[0]?.verdict === 'pass');
    expect(data.metrics).toEqual([{ metric: 'error-rate', verdict: 'pass', samples: valid.length }]);
    expect(valid.length).toBeGreaterThan(8);
    expect(data.range).toMatchObject({ from: measured[0]?.version, to: measured.at(-1)?.version });
  });

  describe('that nobody watches for a while', () => {
    /** Watches for some ticks, stops, and goes on so much later. */
    async function awayFor(id: string, watchMs: number, laterMs: number): Promise<void> {
      serve(0);
      const first = await stage.start();
      await stage.execute(id, watched({ everyMs: 200, watchMs }));
      await stage.verify(id);
      await stage.event(id, 'WatchStarted');
      await stage.ticks(id, (await stage.measurements(id)).length + 2);
      await first.stop();
      await stage.start({ laterMs });
    }

    it('is longer by that time', async () => {
      await awayFor('extended', 6_000, 5_000);
      const { ticks, range } = await stage.event('extended', 'MonitoringPassed');
      const { from } = await stage.event('extended', 'WatchStarted');
      const measured = (await stage.measurements('extended')).slice(range!.from - 1, range!.to);
      expect(ticks).toBe(measured.length);
      expect(ticks).toBeGreaterThanOrEqual(30);
      expect(Date.parse(measured.at(-1)!.data.at) - Date.parse(from)).toBeGreaterThanOrEqual(6_000 + 5_000 - 200);
      expect((await stage.events('extended')).at(-1)?.type).toBe('DeploymentSucceeded');
    });

    it.each(['before', 'after'])(
      'counts each tick once where the clock was set back by an hour %s it began',
      async (when) => {
        serve(0);
        const first = await stage.start();
        const id = `set-back-${when}`;
        await stage.execute(id, watched({ everyMs: 200, watchMs: 2_000 }));
        await stage.ticks(id, 2);
        if (when === 'after') {
          await stage.verify(id);
          await stage.event(id, 'WatchStarted');
          await stage.ticks(id, (await stage.measurements(id)).length + 2);
        }
        await first.stop();
        await stage.start({ laterMs: -3_600_000 });
        if (when === 'before') await stage.verify(id);
        const { ticks, range } = await stage.event(id, 'MonitoringPassed');
        const times = (await stage.measurements(id)).map(({ data }) => data.at);
        expect(times).toEqual([...new Set(times)].toSorted());
        expect(ticks).toBe(range!.to - range!.from + 1);
        expect((await stage.events(id)).filter(({ type }) => type === 'WatchStarted')).toHaveLength(1);
      },
    );

    it('rolls back on a breach after the clock was set back by an hour', async () => {
      serve(0);
      const first = await stage.start();
      await stage.execute('set-back', watched());
      await stage.ticks('set-back', 2);
      await first.stop();
      serve(0.2);
      await stage.start({ laterMs: -3_600_000 });
      expect(await stage.event('set-back', 'RollbackTriggered')).toMatchObject({
        trigger: { kind: 'limit', line: 142 },
      });
    });

    it('asks where that was for too long, holds nothing against the release, and keeps watching', async () => {
      await awayFor('left', 60_000, 130_000);
      const { code, why } = await stage.event('left', 'DeploymentHeld');
      expect(code).toBe('unwatched');
      expect(why).toMatch(
        /^only [\d.]+ (s|ms) of 1 min were watched \(\d+ of 300 ticks\) in the [\d.]+ (s|min) since .*; is .*\?$/,
      );
      await stage.ticks('left', (await stage.measurements('left')).length + 3);
      expect((await stage.events('left')).at(-1)?.type).toBe('DeploymentHeld');
    });
  });

  it('raises an alert once for each episode, whoever watches', async () => {
    serve(0.2);
    const first = await stage.start();
    await stage.execute(
      'alert',
      watched({
        watchMs: 60_000,
        thresholds: [threshold({ action: 'page' }), threshold({ action: 'warn', value: 0.1 })],
      }),
      null,
    );
    await stage.event('alert', 'AlertRaised');
    const before = await stage.ticks('alert', (await stage.measurements('alert')).length + 5);
    await first.stop();
    await stage.start();
    await stage.ticks('alert', before.length + 10);
    const alerts = (await stage.events('alert')).flatMap((event) => (event.type === 'AlertRaised' ? [event.data] : []));
    expect(alerts.map(({ action }) => action).sort()).toEqual(['page', 'warn']);
    expect(alerts.find(({ action }) => action === 'page')?.breach.sentence).toContain('limit 5 %');
  });

  it('records in shadow mode that it would have rolled back, once, and goes on', async () => {
    serve(0.5);
    await stage.start();
    await stage.execute('shadow', watched({ mode: 'shadow' }), null);
    await stage.verify('shadow');
    await stage.event('shadow', 'DeploymentSucceeded');
    const scenario = await stage.events('shadow');
    expect(scenario.filter(({ type }) => type === 'RollbackWithheld')).toHaveLength(1);
    expect(scenario.map(({ type }) => type)).not.toContain('RollbackTriggered');
    expect((await stage.event('shadow', 'MonitoringPassed')).metrics).toMatchObject([{ verdict: 'fail' }]);
  });
});

describe('beside the metrics', () => {
  const critical = {
    text: 'Critical functionality broken',
    rule: { kind: 'critical-flow' as const },
    source: { line: 88 },
  };
  const login: SmokeTest = {
    number: 1,
    title: 'User Login',
    request: { method: 'GET', path: '/login' },
    expect: [],
    captures: {},
    timeoutMs: 1_000,
    onFailure: 'rollback',
    source: { line: 61 },
  };
  let status = 200;
  const server = createServer((_request, response) => response.writeHead(status).end());
  const flowsPlan = (mode: 'active' | 'shadow') => ({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smokeTests: [login],
    rollback: { triggers: [{ ...critical, mode }], steps: [], timeoutMs: 60_000, dataLossMs: null },
  });
  beforeAll(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
  afterAll(() => new Promise((closed) => server.close(closed)));

  it('a critical flow that fails twice in a row rolls back', async () => {
    serve(0);
    status = 500;
    await stage.start();
    await stage.execute('flow', watched({ watchMs: 1_000 }, flowsPlan('active')), null);
    await stage.verify('flow');
    expect(await stage.event('flow', 'SmokeTestFailed')).toMatchObject({
      title: 'User Login',
      purpose: 'watch',
      line: 61,
    });
    const { trigger, reason } = await stage.event('flow', 'RollbackTriggered');
    expect(trigger).toEqual({ kind: 'critical-flow', text: critical.text, line: 88, by: 'backstay' });
    expect(reason).toMatch(/^critical flow "User Login" failed twice in a row: .*500.* \(line 88\)$/);
  });

  it('a critical flow in shadow mode is recorded and held against nothing', async () => {
    serve(0);
    status = 500;
    await stage.start();
    await stage.execute('quiet', watched({ watchMs: 1_000 }, flowsPlan('shadow')), null);
    await stage.verify('quiet');
    await stage.event('quiet', 'DeploymentSucceeded');
    expect((await stage.events('quiet')).filter(({ type }) => type === 'RollbackWithheld')).toHaveLength(1);
  });

  it('a critical flow that works lets the watch pass', async () => {
    serve(0);
    status = 200;
    await stage.start();
    await stage.execute('works', watched({ watchMs: 1_000 }, flowsPlan('active')), null);
    await stage.verify('works');
    await stage.event('works', 'DeploymentSucceeded');
  });

  describe('a watch without metrics', () => {
    const byChecks = (plan: Parameters<typeof planOf>[1] = {}) => {
      const { baseUrl } = flowsPlan('active');
      const healthChecks = [exampleHealthCheck({ title: 'Application health', source: { line: 34 } })];
      const unmeasured = {
        source: null,
        metrics: [],
        thresholds: [],
        watchedBy: 'checks' as const,
        watchMs: 1_000,
        everyMs: 100,
      };
      return planOf(unmeasured, {
        baseUrl,
        healthChecks,
        rollback: { ...flowsPlan('active').rollback, triggers: [] },
        ...plan,
      });
    };

    it('repeats the health checks, and rolls back when the service dies in it', async () => {
      status = 200;
      await stage.start();
      await stage.execute('died', byChecks(), null);
      await stage.verify('died');
      await stage.ticks('died', 3);
      status = 500;
      const { trigger, reason } = await stage.event('died', 'RollbackTriggered');
      expect(trigger).toEqual({ kind: 'health-checks', text: 'Application health', line: 34, by: 'backstay' });
      expect(reason).toMatch(/^health check "Application health" failed twice in a row: .*500.* \(line 34\)$/);
      expect(await stage.event('died', 'HealthCheckFailed')).toMatchObject({ purpose: 'watch', line: 34 });
    });

    it('passes when it was watched to its end, by the last of each', async () => {
      status = 200;
      await stage.start();
      await stage.execute('lives', byChecks({ smokeTests: [login] }), null);
      await stage.verify('lives');
      expect(await stage.event('lives', 'MonitoringPassed')).toMatchObject({ metrics: [], checks: 2 });
      const recorded = (await stage.measurements('lives')).map(({ data }) => data.checks?.map(({ title }) => title));
      expect(recorded.length).toBeGreaterThanOrEqual(10);
      expect(recorded.filter((titles) => titles?.includes('Application health')).length).toBeGreaterThan(5);
      expect(recorded.filter((titles) => titles?.includes('User Login'))).toHaveLength(1);
    });
  });

  it('metrics that say nothing any more leave it to the checks, and a service that is dead is rolled back', async () => {
    serve(0);
    status = 200;
    await stage.start();
    const { baseUrl } = flowsPlan('active');
    const healthChecks = [exampleHealthCheck({ title: 'Application health', source: { line: 34 } })];
    const asks = watched(
      { watchMs: 60_000, onNoData: { waitMs: 4_000, then: 'ask:on-call' } },
      { baseUrl, healthChecks },
    );
    await stage.execute('dead', asks, null);
    await stage.verify('dead');
    await stage.event('dead', 'WatchStarted');
    status = 500;
    await target.stop();
    expect((await stage.event('dead', 'RollbackTriggered')).trigger.kind).toBe('health-checks');
  });

  describe('a service that nobody uses', () => {
    const agents: string[] = [];
    /** The requests that reach the service are those that its own metrics count. */
    const used = createServer((request, response) => {
      const agent = request.headers['user-agent'] ?? '';
      target.serve(1, status);
      // Checks that join metrics without data are no traffic.
      if (agent !== 'backstay') agents.push(agent);
      response.writeHead(status).end();
    });
    beforeAll(() => new Promise<void>((listening) => used.listen(0, '127.0.0.1', listening)));
    afterAll(() => new Promise((closed) => used.close(closed)));
    beforeEach(() => {
      agents.length = 0;
      status = 200;
    });

    const idle = (monitoring: Parameters<typeof planOf>[0] = {}, plan: Parameters<typeof planOf>[1] = {}) =>
      watched(
        { onNoData: { waitMs: 3_000, then: 'ask:on-call' }, ...monitoring },
        {
          baseUrl: `http://127.0.0.1:${(used.address() as AddressInfo).port}`,
          smokeTests: [{ ...login, request: { method: 'GET', path: '/orders' }, timeoutMs: 10_000 }],
          rollback: { ...flowsPlan('active').rollback, triggers: [] },
          ...plan,
        },
      );
    const withTraffic = { syntheticTraffic: { flows: [1] } };
    const sent = async (id: string) => {
      const ticks = (await stage.measurements(id)).flatMap(({ data: { traffic: own } }) => own ?? []);
      return ticks.reduce((sum, { requests }) => sum + requests, 0);
    };

    it('is measured by its smoke tests, which name themselves and are counted as Backstay’s own', async () => {
      await stage.start();
      await stage.execute('idle', idle(withTraffic), null);
      await stage.verify('idle');
      const passed = await stage.event('idle', 'MonitoringPassed');
      const begun = await stage.event('idle', 'SyntheticTrafficStarted');
      expect(begun).toMatchObject({ flows: [1], everyMs: 100 });
      expect(passed.metrics).toMatchObject([{ metric: 'error-rate', verdict: 'pass' }]);
      expect(passed.traffic).toEqual({ requests: await sent('idle'), failed: 0 });
      // Ten requests each second at most, from their beginning to the end of the watch.
      const lastedMs = Date.parse(passed.at) - Date.parse(begun.at);
      expect(agents.length).toBeGreaterThan(3);
      expect(agents.length).toBeLessThanOrEqual(lastedMs / 100 + 2);
      expect(new Set(agents)).toEqual(new Set(['backstay smoke-test-traffic (deployment idle)']));
      await stage.event('idle', 'DeploymentSucceeded');
      const ended = agents.length;
      // A baseline lasts for five requests.
      await stage.preflight('later', watched());
      await stage.event('later', 'DeploymentPlanned');
      expect(agents).toHaveLength(ended);
    });

    it('that fails is rolled back by what its smoke tests find', async () => {
      await stage.start();
      await stage.execute('failing', idle({ ...withTraffic, watchMs: 60_000, minimumRequests: 1_000 }), null);
      await stage.verify('failing');
      await stage.event('failing', 'SyntheticTrafficStarted');
      status = 500;
      const { trigger, reason } = await stage.event('failing', 'RollbackTriggered');
      expect(trigger).toMatchObject({ kind: 'smoke-tests', line: 61 });
      expect(reason).toMatch(/^smoke test "User Login" failed twice in a row: .*500/);
    });

    it('keeps its traffic when another process goes on watching, at no time twice', async () => {
      const first = await stage.start();
      await stage.execute('taken-over', idle({ ...withTraffic, watchMs: 4_000 }), null);
      await stage.verify('taken-over');
      const begun = await stage.event('taken-over', 'SyntheticTrafficStarted');
      await first.stop();
      const before = agents.length;
      const stopped = stage.platform.now();
      await stage.start();
      const passed = await stage.event('taken-over', 'MonitoringPassed');
      expect(agents.length).toBeGreaterThan(before);
      expect(agents.length - before).toBeLessThanOrEqual((Date.parse(passed.at) - Date.parse(stopped)) / 100 + 2);
      const events = await stage.events('taken-over');
      expect(events.filter(({ type }) => type === 'SyntheticTrafficStarted')).toHaveLength(1);
      expect(passed.traffic?.requests).toBe(await sent('taken-over'));
      expect(begun.everyMs).toBe(100);
    });

    it('without that is asked about, and neither rolled back nor quarantined', async () => {
      await stage.start();
      // Its metrics count the health checks and smoke tests that join them.
      const healthChecks = [exampleHealthCheck({ title: 'Application health', source: { line: 34 } })];
      await stage.execute('quiet-idle', idle({ everyMs: 300 }, { healthChecks }), null);
      await stage.verify('quiet-idle');
      expect(await stage.event('quiet-idle', 'DeploymentHeld')).toMatchObject({ code: 'no-data', duty: 'on-call' });
      const held = (await stage.measurements('quiet-idle')).length;
      await stage.ticks('quiet-idle', held + 3);
      const types = (await stage.events('quiet-idle')).map(({ type }) => type);
      expect(types.at(-1)).toBe('DeploymentHeld');
      expect(types).not.toContain('RollbackTriggered');
      expect(types).not.toContain('SyntheticTrafficStarted');
      expect(agents).toEqual([]);
    });

    it('that is used has no traffic of smoke tests', async () => {
      serve(0);
      await stage.start();
      await stage.execute('used', idle(withTraffic), null);
      await stage.verify('used');
      expect(await stage.event('used', 'MonitoringPassed')).not.toHaveProperty('traffic');
      expect(agents).toEqual([]);
    });
  });

  it('the logs are read from the beginning of the deployment to the end of the watch', async () => {
    serve(0);
    const file = join(stage.dataDir, 'shared.log');
    const logs = { reader: 'log' as const, files: [file], patterns: ['level=critical'], allow: [] };
    await mkdir(join(stage.dataDir, 'workspaces', 'logged'), { recursive: true });
    await writeFile(file, 'level=critical before\n');
    await writeFile(
      join(stage.dataDir, 'workspaces', 'logged', 'logged.log-positions.json'),
      JSON.stringify(await logPositions([file], [])),
    );
    await appendFile(file, 'level=critical as it started\n');
    await stage.start();
    await stage.execute('logged', watched({ logs }, { logFolders: [stage.dataDir] }), null);
    await stage.verify('logged');
    await stage.event('logged', 'WatchStarted');
    await appendFile(file, 'level=info fine\n');
    const read = await stage.event('logged', 'LogsRead');
    expect(read).toMatchObject({
      verdict: 'fail',
      facts: { matches: 1, lines: 2, excerpts: ['level=critical as it started'] },
    });
    expect(read.from < (await stage.event('logged', 'WatchStarted')).from).toBe(true);
    await stage.event('logged', 'DeploymentSucceeded');
  });

  it('a log that a command prints is read over the watch, too', async () => {
    serve(0);
    const text =
      'echo "$(date -u +%FT%TZ) level=critical since $BACKSTAY_SINCE"; echo 2020-01-01T00:00:00Z level=critical';
    const command = { text, argv: ['sh', '-c', text] };
    const logs = { reader: 'log' as const, files: [], patterns: ['level=critical'], allow: [], command };
    await mkdir(join(stage.dataDir, 'workspaces', 'printed', 'source'), { recursive: true });
    await stage.start();
    await stage.execute('printed', watched({ logs }), null);
    await stage.verify('printed');
    const read = await stage.event('printed', 'LogsRead');
    expect(read).toMatchObject({ verdict: 'fail', facts: { matches: 1, lines: 1 } });
    expect(JSON.stringify(read.facts)).toContain(`since ${Math.floor(Date.parse(read.from) / 1_000)}`);
    await stage.event('printed', 'DeploymentSucceeded');
  });

  it('a latency that rose above the baseline is a degradation', async () => {
    const degradation = { kind: 'degradation' as const, ratio: 0.5, forMs: 300, overMs: 1_000 };
    const rollback = {
      triggers: [{ ...critical, text: 'Performance degradation > 50%', rule: degradation, mode: 'active' as const }],
      steps: [],
      timeoutMs: 60_000,
      dataLossMs: null,
    };
    traffic = setInterval(() => target.serve(20, 200, 0.05), 20);
    await stage.start();
    await stage.execute('slow', watched({ thresholds: [], watchMs: 60_000 }, { rollback }));
    clearInterval(traffic);
    traffic = setInterval(() => target.serve(20, 200, 0.4), 20);
    const { trigger, reason } = await stage.event('slow', 'RollbackTriggered');
    expect(trigger).toMatchObject({ kind: 'degradation', text: 'Performance degradation > 50%' });
    expect(reason).toMatch(
      /^response time p9[59] was \d+ ms \(limit [\d.]+ ms, 50 % above the baseline of \d+(\.\d+)? ms, for 300 ms, line 88\)$/,
    );
  });
});

describe('the step that verifies dashboards', () => {
  const dashboards = step(
    'post.1',
    { kind: 'section', section: 'dashboards' },
    { onFailure: 'rollback', mutates: false },
  );
  const isDashboards = ({ step: id }: { readonly step: string }) => id === 'post.1';

  it('succeeds where every dashboard responds and every metric is published', async () => {
    serve(0);
    await stage.start();
    await stage.execute(
      'seen',
      watched({ dashboards: [target.url] }, { steps: [exampleStep('deploy.1'), dashboards] }),
    );
    await stage.executed('seen');
    const { result } = await stage.event('seen', 'StepSucceeded', isDashboards);
    expect(result).toMatchObject({
      dashboards: [{ url: target.url, ok: true, status: 200 }],
      metrics: [{ metric: 'error-rate', verdict: 'pass' }],
    });
    await stage.ticks('seen', (await stage.measurements('seen')).length + 3);
  });

  it('fails where one does not respond', async () => {
    serve(0);
    const gone = await goneUrl();
    await stage.start();
    await stage.execute('unseen', watched({ dashboards: [gone] }, { steps: [exampleStep('deploy.1'), dashboards] }));
    await stage.executed('unseen');
    const { reason } = await stage.event('unseen', 'StepFailed', isDashboards);
    expect(reason).toContain(`${gone}: connection refused`);
    expect((await stage.event('unseen', 'RollbackTriggered')).trigger.kind).toBe('step-failed');
  });
});
