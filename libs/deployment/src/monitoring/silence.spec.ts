import { runs } from '@backstay/event-sourcing/testing';
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { Metric, Monitoring, Plan, Threshold, Trigger } from '@backstay/document';
import { deployment } from '../deployment.ts';
import type { DeploymentEvent } from '../events.ts';
import { examplePlan, foldDeployment, histories, fullWatch } from '../testing/index.ts';
import {
  evolveWatch,
  judgeWatch,
  measuresOf,
  openWatch,
  startWatch,
  type Judgement,
  type Measure,
} from './judgement/index.ts';
import type { Reading, Sample } from './judgement/index.ts';
import { at, limit, monitoring, named, threshold, trigger } from './judgement/watching.test-support.ts';

const kinds = [
  { metric: 'error-rate', unit: 'ratio', value: 0.05 },
  { metric: 'response-time', quantile: 0.99, unit: 'ms', value: 500 },
  { metric: 'memory', unit: 'ratio', value: 0.9 },
  { metric: 'checkout time', unit: 'ms', value: 800 },
] as const;
const kind = fc.constantFrom(...kinds);

const asked = fc.constantFrom<Monitoring['onNoData']['then']>('ask:on-call', 'ask:dba', 'fail');
const rules = fc.record({
  thresholds: fc.array(
    fc
      .tuple(kind, fc.constantFrom<Threshold['action']>('rollback', 'page', 'warn'))
      .map(([of, action]) => threshold({ ...of, action })),
    { maxLength: 3 },
  ),
  triggers: fc.array(
    fc.oneof(
      kind.map((of): Trigger => trigger({ kind: 'limit', limit: limit(of) })),
      fc.constant(trigger({ kind: 'degradation', ratio: 0.5, forMs: 3_000, overMs: 5_000 })),
    ),
    { maxLength: 2 },
  ),
  metrics: fc.array(
    kind.map((of): Metric => named(of)),
    { minLength: 1, maxLength: 3 },
  ),
});

const plans = fc
  .record({ rules, then: asked, waitMs: fc.constantFrom(1_000, 5_000, 30_000), syntheticTraffic: fc.boolean() })
  .map(({ rules: { thresholds, triggers, metrics }, then, waitMs, syntheticTraffic }): Plan => ({
    ...examplePlan(),
    acceptanceCriteria: [],
    monitoring: monitoring({
      thresholds,
      metrics,
      onNoData: { waitMs, then },
      ...(syntheticTraffic && { syntheticTraffic: { flows: [1] } }),
    }),
    rollback: { ...examplePlan().rollback, triggers },
  }));

/** What a source says that has nothing to say. */
const nothing = fc.constantFrom<Partial<Sample>>(
  { verdict: 'no-data', reason: 'no requests in the window', requests: 0 },
  { verdict: 'no-data', reason: 'fewer than two scrapes' },
  { verdict: 'error', reason: 'connection refused' },
  { verdict: 'skipped', reason: 'no series' },
);

const silentTick = (second: number, measures: readonly Measure[], says: Partial<Sample> | null): Reading => ({
  time: at(second),
  samples:
    says === null
      ? []
      : measures.map(({ metric, quantile, unit, windowMs }) => ({
          metric,
          unit,
          windowMs,
          ...(quantile !== undefined && { quantile }),
          time: at(second),
          value: null,
          latencyMs: 1,
          ...says,
        })),
});

/** What the watch does about it, as the aggregate decides it. */
function decidedOn(plan: Plan, { decision, broken, outcome, metrics }: Judgement): readonly DeploymentEvent[] {
  expect(decision?.decision).not.toBe('degraded');
  expect(broken).toEqual([]);
  if (outcome === null) return [];
  expect(outcome.outcome).toBe('failed');
  if (outcome.outcome !== 'failed') return [];
  const summaries = metrics.map(({ metric, verdict }) => ({ metric, verdict, samples: 0 }));
  return deployment.decide(
    {
      type: 'FailMonitoring',
      reason: outcome.sentence,
      undecided: outcome.undecided,
      metrics: summaries,
      range: fullWatch(plan).range,
      token: 1,
      at: at(60),
    },
    foldDeployment(histories.watching(plan)),
  );
}

describe('a watch in which nothing is measured', () => {
  it('takes nothing back, unless the document says that it fails', () => {
    const ends = { asked: 0, failed: 0 };
    fc.assert(
      fc.property(plans, fc.array(fc.option(nothing), { minLength: 80, maxLength: 80 }), (plan, says) => {
        const measures = measuresOf(plan);
        const opened = startWatch(openWatch(plan, null), at(0));
        let watch = opened;
        for (const [second, each] of says.entries()) {
          watch = evolveWatch(watch, silentTick(second, measures, each));
          const types = decidedOn(plan, judgeWatch(watch, at(second))).map(({ type }) => type);
          if (types.length === 0) continue;
          const fails = plan.monitoring.onNoData.then === 'fail';
          if (!fails) expect(types).toEqual(['MonitoringFailed', 'DeploymentHeld']);
          ends[fails ? 'failed' : 'asked'] += 1;
          return;
        }
        // It ends in any case: what nobody measured is not watched for ever.
        expect.unreachable('the watch has no end');
      }),
      runs(150),
    );
    expect(Math.min(ends.asked, ends.failed)).toBeGreaterThan(0);
  });
});
