import { describe, expect, it } from 'vitest';
import { measuresOf } from '@backstay/deployment';
import { examplePlan, exampleTrigger } from '@backstay/deployment/testing';
import type { MetricProbe } from '@backstay/telemetry';
import { metricFindings } from './metric-findings.ts';

const now = '2026-01-01T00:00:00.000Z';

/** What a source says that responds like this, one probe after another, and how often it was asked. */
async function asked(...verdicts: readonly MetricProbe['verdict'][]) {
  let probes = 0;
  const probe = () => {
    const verdict = verdicts[Math.min(probes, verdicts.length - 1)]!;
    probes += 1;
    const reason = verdict === 'pass' ? {} : { reason: 'no response within 1000 ms' };
    return Promise.resolve([{ metric: 'error-rate', windowMs: 5_000, verdict, ...reason }] as MetricProbe[]);
  };
  const findings = await metricFindings(examplePlan(), { probe }, now, true);
  const { ok, message } = findings.find(({ code }) => code === 'metric')!;
  return { ok, message, probes };
}

describe('a metric before the deployment', () => {
  it('of a source that is slow once is asked for again', async () => {
    expect(await asked('error', 'pass')).toMatchObject({ ok: true, probes: 2 });
  });

  it('of a source that never responds is given up, with its reason', async () => {
    expect(await asked('error')).toEqual({ ok: false, message: 'no response within 1000 ms', probes: 3 });
  });

  it('that is not there is asked for once', async () => {
    expect(await asked('no-data')).toMatchObject({ ok: false, probes: 1 });
  });
});

describe('before a first deployment', () => {
  const fires = exampleTrigger({ rule: { kind: 'alert', alert: 'TooSlow' }, source: { line: 61 } });
  const plan = examplePlan();
  const alarmed = { ...plan, rollback: { ...plan.rollback, triggers: [...plan.rollback.triggers, fires] } };
  const probed = measuresOf(alarmed).map((measure): MetricProbe => ({
    ...measure,
    verdict: 'error',
    reason: 'amiss',
  }));
  const probe = () => Promise.resolve(probed);

  it('a metric of the service blocks nothing, and an alert does', async () => {
    const findings = await metricFindings(alarmed, { probe }, now, false);
    const blocking = findings.filter((finding) => finding.blocking);
    expect(blocking).toMatchObject([{ code: 'metric', subject: 'alert TooSlow', ok: false, line: 61 }]);
    expect(findings.some(({ subject, ok }) => subject === 'error rate' && !ok)).toBe(true);
  });
});
