import { runs } from '@backstay/event-sourcing/testing';
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  evolveWatch,
  judgeWatch,
  openWatch,
  startWatch,
  type Judged,
  type Judgement,
  type Measure,
  type Reading,
} from './index.ts';
import type { KnownBaseline } from './index.ts';
import {
  at,
  criterion,
  errorRate,
  judged,
  limit,
  monitoring,
  named,
  threshold,
  tick,
  ticks,
  trigger,
  type Value,
} from './watching.test-support.ts';

const watched = (plan: Judged, readings: readonly Reading[], baseline: KnownBaseline = null) =>
  readings.reduce(evolveWatch, startWatch(openWatch(plan, baseline), at(0)));

const judge = (plan: Judged, values: readonly Value[], now = values.length): Judgement =>
  judgeWatch(watched(plan, ticks(values)), at(now));

/** Of too few requests. */
const few = (value: number): Value => ({ value, requests: 3 });
const good = (count: number): Value[] => Array<Value>(count).fill(0.01);
const bad = (count: number): Value[] => Array<Value>(count).fill(0.098);
const noData = (count: number): Value[] => Array<Value>(count).fill(null);

describe('a threshold that asks for a rollback', () => {
  const plan = judged();

  it('passes when every sample of the watch is good', () => {
    expect(judge(plan, good(21)).outcome).toMatchObject({ outcome: 'passed', shadow: false });
  });

  it('decides nothing before the watch is over', () => {
    expect(judge(plan, good(15))).toMatchObject({ decision: null, outcome: null });
  });

  it('decides when the breach has lasted, with the deciding samples whole and a sentence', () => {
    const { decision, outcome } = judge(plan, [...good(3), ...bad(6)]);
    expect(decision).toMatchObject({
      decision: 'degraded',
      rule: { kind: 'threshold', line: 142 },
      observed: 0.098,
      limit: 0.05,
      unit: 'ratio',
      forMs: 5_000,
      since: at(3),
      decidedAt: at(8),
      sentence: 'error rate was 9.8 % (limit 5 % for 5 s, line 142)',
    });
    expect(decision?.samples).toEqual(
      ticks([...good(3), ...bad(6)])
        .slice(3)
        .flatMap(({ samples }) => samples),
    );
    expect(outcome).toMatchObject({ outcome: 'failed', then: 'fail' });
  });

  it.each([
    ['a breach one tick too short', [...bad(5), ...good(16)], 'passed'],
    ['breaches that never last', [...bad(4), ...good(1), ...bad(4), ...good(1), ...bad(4), ...good(7)], 'passed'],
    ['a breach that a lasting calm follows', [...bad(6), ...good(20)], 'failed'],
    [
      'a breach with missing data in the middle, too short without it',
      [...bad(3), ...noData(1), ...bad(3), ...good(14)],
      'passed',
    ],
    [
      'a breach with missing data in the middle, proven without it',
      [...bad(3), ...noData(1), ...bad(4), ...good(13)],
      'failed',
    ],
  ] as const)('%s', (_, values, outcome) => {
    expect(judge(plan, values, 26).outcome?.outcome).toBe(outcome);
  });

  it('keeps watching while a breach is open at the end, until it is proven or cleared', () => {
    expect(judge(plan, [...good(18), ...bad(3)]).outcome).toBeNull();
    expect(judge(plan, [...good(18), ...bad(3), ...good(1)]).outcome?.outcome).toBe('passed');
    expect(judge(plan, [...good(18), ...bad(6)]).outcome?.outcome).toBe('failed');
  });

  it('never passes with an open breach, however late', () => {
    const late = judge(plan, [...good(18), ...bad(3)], 3_600);
    expect(late.outcome).toMatchObject({ outcome: 'failed', lacking: [{ verdict: 'too-few' }] });
  });

  it('does not take an outage of the watcher for a lasting breach', () => {
    const { decision } = judgeWatch(watched(plan, [tick(0, 0.5), tick(60, 0.5)]), at(60));
    expect(decision).toBeNull();
  });

  it('ignores a tick that is not later than the one before it', () => {
    const once = watched(plan, ticks(bad(5)));
    expect(evolveWatch(evolveWatch(once, tick(4, 0.5)), tick(2, 0))).toEqual(once);
  });

  it('is armed while the deployment is still being executed; missing data then decides nothing', () => {
    const executing = (values: Value[]) =>
      judgeWatch(ticks(values).reduce(evolveWatch, openWatch(plan, null)), at(3_600));
    expect(executing(bad(6)).decision?.decision).toBe('degraded');
    expect(executing(noData(60))).toMatchObject({ decision: null, outcome: null });
  });
});

describe('few requests', () => {
  it('gate a breach, which then neither passes nor fails', () => {
    const { decision, outcome, rules } = judge(judged(), Array<Value>(40).fill(few(0.5)), 40);
    expect(decision).toBeNull();
    expect(rules[0]).toMatchObject({ verdict: 'too-few', reason: '3 requests in the window, 20 are needed' });
    expect(outcome).toMatchObject({ outcome: 'failed', lacking: [{ verdict: 'too-few' }] });
  });

  it('do not gate a request rate that fell', () => {
    const rate = { metric: 'request-rate', unit: 'per-second', windowMs: 5_000, optional: false } as const;
    const plan = judged({
      thresholds: [threshold({ metric: 'request-rate', unit: 'per-second', operator: '<', value: 1 })],
    });
    const readings = Array.from({ length: 6 }, (_, second) => tick(second, few(0.2), rate));
    expect(judgeWatch(watched(plan, readings), at(6)).decision?.sentence).toBe(
      'request rate was 0.2/s (lower limit 1/s for 5 s, line 142)',
    );
  });

  it('are not asked for where the source does not report them', () => {
    expect(judge(judged(), Array<Value>(6).fill({ value: 0.5, requests: undefined })).decision).not.toBeNull();
  });
});

describe('what is not a measurement', () => {
  it.each([
    ['not a number', { value: NaN }, 'no-data'],
    ['infinite', { value: Infinity }, 'no-data'],
    ['empty', { value: null }, 'no-data'],
    ['negative', { value: -0.01 }, 'error'],
    ['a share above the whole', { value: 1.2 }, 'error'],
    ['in another unit', { value: 0.01, unit: 'ms' }, 'error'],
    ['an error of the provider', { value: null, verdict: 'error', reason: 'HTTP 503' }, 'error'],
    ['a value that came with an error', { value: 0, verdict: 'error', reason: 'warning: partial' }, 'error'],
    ['a bound that does not decide the limit', { value: 0.01, above: true }, 'no-data'],
  ] as const)('never passes: %s', (_, value, verdict) => {
    const { rules, outcome } = judge(
      judged({ onNoData: { waitMs: 600_000, then: 'fail' } }),
      Array<Value>(21).fill(value),
      3_600,
    );
    expect(rules[0]?.verdict).toBe(verdict);
    expect(outcome?.outcome).toBe('failed');
  });

  it('is a breach all the same where every value above a bound breaks the limit', () => {
    expect(judge(judged(), Array<Value>(6).fill({ value: 0.05, above: true })).decision?.sentence).toContain(
      'more than 5 %',
    );
  });

  it('is a tick without the sample', () => {
    const empty = Array.from({ length: 21 }, (_, second): Reading => ({ time: at(second), samples: [] }));
    expect(judgeWatch(watched(judged(), empty), at(30)).rules[0]).toMatchObject({
      verdict: 'no-data',
      reason: 'was not read',
    });
  });
});

describe('missing data', () => {
  it('is waited for, then fails and says since when and why', () => {
    expect(judge(judged(), [...good(3), ...noData(10)]).decision).toBeNull();
    expect(judge(judged(), [...good(3), ...noData(11)]).decision).toMatchObject({
      decision: 'no-data',
      then: 'fail',
      since: at(3),
      sentence: 'error rate had no data for 10 s: connection refused (line 142)',
    });
  });

  it('asks the named duty where the document says so, and is forgotten when data is back', () => {
    const plan = judged({ onNoData: { waitMs: 10_000, then: 'ask:on-call' } });
    expect(judge(plan, noData(11)).outcome).toMatchObject({ outcome: 'failed', then: 'ask:on-call' });
    expect(judge(plan, [...noData(11), ...good(12)], 23)).toMatchObject({
      decision: null,
      outcome: { outcome: 'passed' },
    });
  });

  it('at the very end holds the pass back', () => {
    expect(judge(judged(), [...good(18), ...noData(3)], 21).outcome).toBeNull();
    expect(judge(judged(), [...good(18), ...noData(11)], 29).outcome?.outcome).toBe('failed');
  });

  it('of a metric without a rollback is a warning: the watch passes, the metric does not', () => {
    const cpu = { metric: 'cpu', unit: 'ratio', windowMs: 5_000, optional: false } as const;
    const plan = judged({ metrics: [named(), named({ metric: 'cpu' })] });
    const readings = good(21).map((value, second) => ({
      time: at(second),
      samples: [...tick(second, value).samples, ...tick(second, null, cpu).samples],
    }));
    const { outcome, metrics } = judgeWatch(watched(plan, readings), at(21));
    expect(outcome?.outcome).toBe('passed');
    expect(metrics.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['error-rate', 'pass'],
      ['cpu', 'no-data'],
    ]);
  });

  it('of an optional metric is not applicable, unless it was there before', () => {
    const plan = judged({ metrics: [named({ optional: true })] });
    const gone: Value = { value: null, verdict: 'skipped', reason: 'no series' };
    expect(judge(plan, Array<Value>(21).fill(gone)).rules[0]?.verdict).toBe('skipped');
    expect(judge(plan, [...good(5), ...Array<Value>(11).fill(gone)]).decision?.decision).toBe('no-data');
  });

  it('is all there is when the watch has nothing to judge by', () => {
    expect(judge(judged({ thresholds: [] }), noData(21), 21).outcome?.outcome).toBe('failed');
    expect(judge(judged({ thresholds: [], metrics: [] }), good(20), 21).outcome).toMatchObject({
      outcome: 'failed',
      sentence: '0 of 0 checks passed to the end of the watch',
    });
  });
});

describe('an alert', () => {
  const plan = judged({ watchMs: 600_000, thresholds: [threshold({ action: 'page', forMs: 2_000 })] });

  it('is raised once for a breach, however long', () => {
    expect(judge(plan, bad(30)).alerts).toMatchObject([{ episode: 1, action: 'page', clearedAt: null }]);
  });

  it('is not raised again by a metric that flaps', () => {
    const flapping = Array.from({ length: 120 }, (_, second): Value => (second % 4 === 3 ? 0.01 : 0.098));
    expect(judge(plan, flapping).alerts).toMatchObject([{ episode: 1 }]);
  });

  it('clears after as long a calm, and may then be raised anew', () => {
    expect(judge(plan, [...bad(3), ...good(3)]).alerts).toMatchObject([{ episode: 1, clearedAt: at(5) }]);
    expect(judge(plan, [...bad(3), ...good(3), ...bad(3)]).alerts).toMatchObject([{ episode: 2, clearedAt: null }]);
  });

  it('is not a rollback, but leaves its metric failed', () => {
    const { decision, metrics } = judge(plan, [...bad(3), ...good(30)]);
    expect(decision).toBeNull();
    expect(metrics[0]?.verdict).toBe('fail');
  });
});

describe('shadow mode', () => {
  it('says what it would have done, and does nothing', () => {
    const { decision, wouldHave, outcome } = judge(judged({ mode: 'shadow' }), bad(10));
    expect({ decision, outcome }).toEqual({ decision: null, outcome: null });
    expect(wouldHave).toMatchObject([{ decision: 'degraded', shadow: true }]);
  });

  it('ends as a failure that is marked as shadow', () => {
    expect(judge(judged({ mode: 'shadow' }), bad(21)).outcome).toMatchObject({ outcome: 'failed', shadow: true });
  });

  it('of one trigger leaves the others active', () => {
    const plan = judged({ thresholds: [] }, [
      trigger({ kind: 'limit', limit: limit() }, 'shadow'),
      trigger({ kind: 'limit', limit: limit({ value: 0.5 }) }),
    ]);
    const { decision, wouldHave, outcome } = judge(plan, [...bad(10), ...good(11)]);
    expect(decision).toBeNull();
    expect(wouldHave).toHaveLength(1);
    expect(outcome?.outcome).toBe('passed');
  });
});

describe('a criterion', () => {
  const plan = judged({ thresholds: [] }, [], [criterion({ operator: '<', value: 0.02, forMs: 20_000 })]);

  it.each([
    ['pass', good(21)],
    ['too-few', good(15)],
    ['fail', [...good(5), 0.03, ...good(15)]],
    ['too-few', [...good(10), ...noData(5), ...good(6)]],
    ['no-data', noData(21)],
  ] as const)('is judged %s', (verdict, values) => {
    expect(judge(plan, values).rules[0]?.verdict).toBe(verdict);
  });

  it('says how long it held', () => {
    expect(judge(plan, good(15)).rules[0]?.reason).toBe('held for 15 s of the required 20 s');
  });
});

describe('for every sequence of samples', () => {
  const value = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom<Value>(
      null,
      { value: NaN },
      { value: -1 },
      { value: 0, unit: 'count' },
      { value: 0.9, requests: 2 },
    ),
  );
  const values = fc.array(value, { maxLength: 60 });

  it('a broken limit never becomes a pass', () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const broken = judge(judged(), [...before, ...bad(6), ...after, ...good(30)], 3_600);
        expect(broken.rules[0]?.verdict).toBe('fail');
        expect(broken.outcome?.outcome).toBe('failed');
      }),
      runs(100),
    );
  });

  const graceSeconds = (plan: Judged) => {
    const { onNoData, minimumSamples, thresholds } = plan.monitoring;
    const longestFor = Math.max(0, ...thresholds.map(({ forMs }) => forMs));
    return (onNoData.waitMs + 2 * longestFor) / 1_000 + minimumSamples + 2;
  };
  const check = { kind: 'health-check', title: 'Health', line: 34, attempts: 1, observed: {} } as const;
  const checks = fc.constantFrom([], [{ ...check, passed: true }], [{ ...check, passed: false }]);
  /** One tick after another, `apart` seconds from the one before. */
  const timed = (taken: readonly { readonly apart: number; readonly reading: Omit<Reading, 'time'> }[]): Reading[] => {
    let second = 0;
    return taken.map(({ apart, reading: { samples, ...more } }) => {
      second += apart;
      return { ...more, time: at(second), samples: samples.map((one) => ({ ...one, time: at(second) })) };
    });
  };
  const reading = fc
    .record({ value, checks })
    .map((one) => ({ checks: one.checks, samples: tick(0, one.value).samples }));
  const plans = fc.constantFrom<Judged>(
    judged({ onNoData: { waitMs: 60_000, then: 'fail' } }),
    judged({ mode: 'shadow', thresholds: [threshold({ forMs: 15_000 })] }),
    judged({ thresholds: [], metrics: [] }),
  );

  it('a watch that nobody interrupts has ended after its length and what its end may wait for', () => {
    fc.assert(
      fc.property(plans, fc.array(reading, { minLength: 1, maxLength: 100 }), (plan, more) => {
        const most = 20 + graceSeconds(plan);
        const taken = Array.from({ length: most }, (_, index) => ({ apart: 1, reading: more[index % more.length]! }));
        expect(judgeWatch(watched(plan, timed(taken)), at(most)).outcome).not.toBeNull();
      }),
      runs(100),
    );
  });

  it('and any watch after twice its length and that, however little of it was watched', () => {
    const stretch = fc.record({
      seconds: fc.integer({ min: 12, max: 40 }),
      apart: fc.integer({ min: 1, max: 30 }),
      reading,
    });
    fc.assert(
      fc.property(plans, fc.array(stretch, { maxLength: 6 }), (plan, stretches) => {
        const most = at(2 * 20 + graceSeconds(plan));
        const taken = stretches.flatMap(({ seconds, apart, reading: one }) => [
          { apart, reading: one },
          ...Array.from({ length: seconds }, () => ({ apart: 1, reading: one })),
        ]);
        const before = timed(taken).filter(({ time }) => time <= most);
        expect(judgeWatch(watched(plan, before), most).outcome).not.toBeNull();
      }),
      runs(100),
    );
  });

  it('what is not a measurement never passes', () => {
    const unsound = fc.constantFrom<Value>(
      null,
      { value: NaN },
      { value: -1 },
      { value: 0, unit: 'count' },
      { value: 0.9, requests: 2 },
    );
    fc.assert(
      fc.property(fc.array(unsound, { maxLength: 60 }), fc.integer({ min: 0, max: 9_000 }), (samples, now) => {
        const { outcome, rules, metrics } = judge(judged(), samples, now);
        expect(outcome?.outcome).not.toBe('passed');
        expect(rules[0]?.verdict).not.toBe('pass');
        if (samples.every((one) => typeof one !== 'object' || one?.requests === undefined)) {
          expect(metrics[0]?.verdict).not.toBe('pass');
        }
      }),
      runs(100),
    );
  });

  it('a pass rests on at least the minimum of valid samples', () => {
    fc.assert(
      fc.property(values, (samples) => {
        const { outcome, metrics } = judge(judged(), samples, 3_600);
        if (outcome?.outcome === 'passed')
          expect(metrics[0]?.valid).toBeGreaterThanOrEqual(monitoring().minimumSamples);
      }),
      runs(100),
    );
  });

  it('nothing but a measured breach on enough requests decides a degradation', () => {
    fc.assert(
      fc.property(values, (samples) => {
        const { decision } = judge(judged(), samples);
        if (decision?.decision !== 'degraded') return;
        const breaching = decision.samples.filter(
          (one) => one.verdict === undefined && (one.value ?? 0) > 0.05 && (one.requests ?? 0) >= 20,
        );
        expect(breaching.length).toBeGreaterThanOrEqual(6);
        expect(decision.samples.at(-1)).toMatchObject({ value: decision.observed, unit: errorRate.unit });
      }),
      runs(100),
    );
  });

  it('a fold in two parts is the fold, and repetitions change nothing', () => {
    fc.assert(
      fc.property(values, fc.nat(60), (samples, cut) => {
        const all = ticks(samples);
        const stored = JSON.parse(JSON.stringify(watched(judged(), all.slice(0, cut))));
        const resumed = [...all.slice(0, cut), ...all.slice(cut)].reduce(evolveWatch, stored);
        const once = JSON.parse(JSON.stringify(watched(judged(), all)));
        if (samples.every((one) => typeof one !== 'object' || !Number.isNaN(one?.value)))
          expect(JSON.parse(JSON.stringify(resumed))).toEqual(once);
      }),
      runs(100),
    );
  });

  it('at most one decision is made, and later ticks do not change it', () => {
    fc.assert(
      fc.property(values, values, (first, more) => {
        const early = judge(judged(), first).decision;
        if (early?.decision === 'degraded') expect(judge(judged(), [...first, ...more]).decision).toEqual(early);
      }),
      runs(100),
    );
  });
});

describe('a trigger on an alert', () => {
  const plan = judged({ thresholds: [] }, [trigger({ kind: 'alert', alert: 'TooSlow' })]);
  const state: Measure = { metric: 'alert:TooSlow', unit: 'count', windowMs: 5_000, optional: false };
  const judgeStates = (...values: Value[]) => judgeWatch(watched(plan, ticks(values, state)), at(values.length));

  it('decides at the first tick that sees it fire', () => {
    expect(judgeStates(0, 0, 1).decision).toMatchObject({
      decision: 'degraded',
      rule: { kind: 'trigger', line: 88 },
      sentence: 'alert TooSlow fires (line 88)',
      since: at(2),
      decidedAt: at(2),
    });
  });

  it('decides nothing while it is silent, and has a data gap while nobody knows', () => {
    expect(judgeStates(0, 0, 0).decision).toBeNull();
    expect(judgeStates(0, ...noData(12)).decision).toMatchObject({
      decision: 'no-data',
      sentence: expect.stringContaining('alert TooSlow had no data'),
    });
  });
});

describe('the end of a watch', () => {
  it('waits for the samples that the next ticks bring', () => {
    const readings = [...Array<Value>(11).fill(few(0.5)), ...good(10)].map((value, index) => tick(index + 1, value));
    const outcomeAt = (count: number) => judgeWatch(watched(judged(), readings.slice(0, count)), at(count)).outcome;
    expect(outcomeAt(20)).toBeNull();
    expect(outcomeAt(21)).toMatchObject({ outcome: 'passed' });
  });
});

describe('a gap in which nobody watched', () => {
  const plan = judged({ onNoData: { waitMs: 5_000, then: 'fail' } });
  const from = (second: number, values: readonly Value[]): Reading[] =>
    values.map((value, index) => tick(second + index, value));
  const outcomeAt = (readings: readonly Reading[], second: number) => judgeWatch(watched(plan, readings), at(second));

  it('extends the watch by its length', () => {
    const readings = [...from(1, good(5)), ...from(15, good(15))];
    expect(outcomeAt(readings.slice(0, -1), 28).outcome).toBeNull();
    expect(outcomeAt(readings, 29)).toMatchObject({ outcome: { outcome: 'passed' }, ticks: 20 });
  });

  it('leaves a watch unwatched that has taken twice its length', () => {
    const readings = [...from(1, good(3)), ...from(40, good(1))];
    expect(outcomeAt(readings, 40).outcome).toEqual({
      outcome: 'unwatched',
      sentence: 'only 4 s of 20 s were watched (4 of 20 ticks) in the 40 s since the watch began',
    });
  });

  it.each([
    [18, 39, undefined],
    [18, 40, 'unwatched'],
    [19, 40, 'passed'],
    [19, 41, 'unwatched'],
  ])(
    'after %i of 20 ticks, with one more at %i s, leaves it %s: the last tick may come late',
    (before, second, end) => {
      expect(outcomeAt([...from(1, good(before)), ...from(second, good(1))], second).outcome?.outcome).toBe(end);
    },
  );

  it('is no time without data', () => {
    const readings = [...from(1, [...good(3), null]), ...from(15, [null, ...good(3)])];
    expect(outcomeAt(readings, 19)).toMatchObject({ decision: null, outcome: null });
  });

  it('is spanned by no window: what it measured is neither a breach nor a sample of a pass', () => {
    const spanning = { value: 0.5, spanMs: 5_000 };
    const { rules, metrics } = outcomeAt([...from(1, good(3)), ...from(15, Array<Value>(5).fill(spanning))], 19);
    expect(rules[0]).toMatchObject({ verdict: 'too-few', valid: 3 });
    expect(metrics[0]).toMatchObject({ valid: 3, maximum: 0.01 });
  });

  it('does not hide the breach of a window that lies after it', () => {
    const after = { value: 0.5, spanMs: 1_000 };
    const readings = [...from(1, good(3)), ...from(15, Array<Value>(7).fill(after))];
    expect(outcomeAt(readings, 21).decision).toMatchObject({ decision: 'degraded', since: at(16) });
  });

  it('is waited for until windows no longer reach into it, where nothing was measured before', () => {
    const reaching = Array.from({ length: 5 }, (_, index) => ({ value: 0.01, spanMs: 5_000 - index }));
    const early = [...from(1, Array<Value>(14).fill(few(0.5))), ...from(30, reaching)];
    expect(outcomeAt([...early, ...from(35, [few(0.5)])], 35).outcome).toMatchObject({ outcome: 'failed' });
    const late = [...from(1, Array<Value>(15).fill(few(0.5))), ...from(30, reaching)];
    expect(outcomeAt(late, 34).outcome).toBeNull();
    expect(outcomeAt([...late, ...from(35, good(10))], 44).outcome).toMatchObject({ outcome: 'passed' });
  });

  it('is not a tick that was skipped', () => {
    const readings = [...from(1, bad(3)), ...from(6, bad(3))];
    expect(outcomeAt(readings, 8).decision).toMatchObject({ decision: 'degraded', since: at(1) });
  });
});

describe('a watch by health checks and smoke tests', () => {
  const plan = judged({ thresholds: [], metrics: [] });
  const health = (passed: boolean) => ({
    kind: 'health-check' as const,
    title: 'Application health',
    passed,
    line: 34,
    attempts: 1,
    observed: {},
  });
  const login = (passed: boolean) => ({ ...health(passed), kind: 'smoke-test' as const, title: 'User Login' });
  const repeated = (second: number, ...checks: ReturnType<typeof health | typeof login>[]): Reading => ({
    time: at(second),
    samples: [],
    checks,
  });
  const passing = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => repeated(from + index, health(true)));
  const judgedAt = (readings: readonly Reading[]) => judgeWatch(watched(plan, readings), readings.at(-1)!.time);

  it('passes at its end where the last of each passed', () => {
    expect(judgedAt(passing(1, 19)).outcome).toBeNull();
    expect(judgedAt([repeated(1, login(true)), ...passing(2, 20)])).toMatchObject({
      outcome: { outcome: 'passed', sentence: '2 of 2 checks passed to the end of the watch' },
      checksPassed: 2,
      ticks: 20,
    });
  });

  it('is broken by two failures in a row of the same check, and by no two of different ones', () => {
    const broken = (...readings: Reading[]) =>
      judgedAt([...passing(1, 5), ...readings]).broken.map(({ title }) => title);
    expect(broken(repeated(6, health(false)))).toEqual([]);
    expect(broken(repeated(6, health(false)), repeated(7, health(false)))).toEqual(['Application health']);
    expect(broken(repeated(6, health(false)), repeated(7, health(true)), repeated(8, health(false)))).toEqual([]);
    expect(broken(repeated(6, health(false)), repeated(7, health(true), login(false)))).toEqual([]);
    expect(broken(repeated(6, login(false)), ...passing(7, 9), repeated(10, login(false)))).toEqual(['User Login']);
    // Two rounds may have ended since the last tick.
    expect(broken(repeated(6, health(false), health(false)))).toEqual(['Application health']);
  });

  it('that has failed to its end has not passed in shadow mode either', () => {
    const shadow = { ...plan, monitoring: { ...plan.monitoring, mode: 'shadow' as const } };
    const readings = [
      repeated(1, login(true)),
      ...Array.from({ length: 19 }, (_, index) => repeated(index + 2, health(false))),
    ];
    const { outcome } = judgeWatch(watched(shadow, readings), at(20));
    expect(outcome).toMatchObject({ outcome: 'failed', shadow: true });
  });

  it('waits at its end for what follows a single failure', () => {
    const doubtful = [...passing(1, 19), repeated(20, health(false))];
    expect(judgedAt(doubtful)).toMatchObject({ outcome: null, broken: [] });
    expect(judgedAt([...doubtful, repeated(21, health(true))]).outcome).toMatchObject({ outcome: 'passed' });
    expect(judgedAt([...doubtful, repeated(21, health(false))]).broken).toHaveLength(1);
  });

  it('has not passed by what failed before a gap and was not repeated since', () => {
    const gone = [...passing(1, 4), repeated(5, login(false)), ...passing(12, 27)];
    expect(judgedAt(gone)).toMatchObject({ ticks: 21, outcome: null, broken: [] });
    expect(judgedAt([...gone, repeated(28, login(true))]).outcome).toMatchObject({ outcome: 'passed' });
    expect(judgedAt([...gone, ...passing(28, 70)]).outcome).toMatchObject({ outcome: 'failed' });
  });

  it('takes no failure before a gap for one in a row with that after it', () => {
    const readings = [...passing(1, 4), repeated(5, health(false)), repeated(12, health(false))];
    expect(judgedAt(readings).broken).toEqual([]);
    expect(judgedAt([...readings, repeated(13, health(false))]).broken).toHaveLength(1);
  });
});

describe('silence', () => {
  const plan = judged({ onNoData: { waitMs: 10_000, then: 'ask:on-call' } });

  it.each([
    ['nothing is measured', judged({ thresholds: [], metrics: [] }), good(1), true],
    ['a metric has data', plan, good(8), false],
    ['one of a rollback has had none for half of the time that it may', plan, [...good(3), ...noData(5)], true],
    ['it has been missing for less', plan, [...good(3), ...noData(4)], false],
    ['it has data again', plan, [...noData(8), ...good(1)], false],
    ['it only warns', judged({ thresholds: [threshold({ action: 'warn' })] }), noData(15), false],
  ] as const)('is where %s: %#', (_, judgedPlan, values, isSilent) => {
    expect(judge(judgedPlan, values).isSilent).toBe(isSilent);
  });
});

describe('a service that nobody uses', () => {
  const none = { value: null, verdict: 'no-data', reason: 'no requests in the window', requests: 0 } as const;
  const health = {
    kind: 'health-check',
    title: 'Health',
    passed: true,
    line: 34,
    attempts: 1,
    observed: { reply: '200 in 2 ms', requests: 1 },
  } as const;
  const database = { ...health, title: 'Database', observed: { reply: 'PostgreSQL 17.2' } } as const;
  const login = { ...health, kind: 'smoke-test', title: 'Login', observed: { status: 200 } } as const;
  const ofOwn = (requests: number) => ({ ...login, attempts: 3, observed: { status: 200, requests } });
  const judgeReadings = (readings: readonly Reading[]) =>
    judgeWatch(watched(judged(), readings), readings.at(-1)!.time);
  const used = (second: number, requests: number, own: Partial<Reading> = {}): Reading => ({
    ...tick(second, requests === 0 ? none : { value: 0, requests }),
    ...own,
  });

  it('is known by its own metrics, after two ticks', () => {
    expect(judgeReadings([used(0, 0)]).isIdle).toBe(false);
    expect(judgeReadings([used(0, 0), used(1, 0)]).isIdle).toBe(true);
    expect(judgeReadings([used(0, 0), used(1, 1)]).isIdle).toBe(false);
    expect(judgeReadings([used(0, 0), used(1, 1), used(2, 0)]).isIdle).toBe(false);
  });

  it.each([
    ['a source that does not respond', null],
    ['a source that counts no requests', { value: 0.01, requests: undefined }],
    ['a service in use', 0.01],
  ] as const)('is not %s', (_what, value) => {
    expect(judgeReadings(ticks([value, value, value])).isIdle).toBe(false);
  });

  it('is used by nobody while only the checks of the watch ask it, and does not pass on them', () => {
    const checked = Array.from({ length: 30 }, (_, second) => used(second, second < 5 ? 0 : 5, { checks: [health] }));
    const { isIdle, metrics, outcome, decision } = judgeReadings(checked);
    expect(isIdle).toBe(true);
    expect(metrics).toMatchObject([{ verdict: 'no-data', valid: 0 }]);
    expect(outcome?.outcome).not.toBe('passed');
    expect(decision).toMatchObject({ decision: 'no-data', reason: 'no requests but those of the checks' });
  });

  it('is used where more requests are counted than the checks were', () => {
    const checked = Array.from({ length: 30 }, (_, second) => used(second, 9, { checks: [health] }));
    expect(judgeReadings(checked)).toMatchObject({ isIdle: false, metrics: [{ valid: 30 }] });
  });

  it.each([
    ['a health check', health, 7],
    ['one of a database, which the service does not see', database, 0],
    ['a smoke test', login, 7],
    ['a smoke test at its second attempt', { ...login, attempts: 2 }, 14],
    ['a smoke test of which the service sees one request in three', ofOwn(1), 7],
    ['a smoke test of another host', ofOwn(0), 0],
    ['a smoke test that was not run', { ...login, passed: false, attempts: 0, observed: { status: null } }, 0],
  ])('knows the requests of %s, in a window and one tick before it', (_what, check, own) => {
    const asked = (requests: number) =>
      judgeReadings(Array.from({ length: 10 }, (_, second) => used(second, requests, { checks: [check] })));
    expect(asked(own)).toMatchObject({ isIdle: true });
    expect(asked(own + 1)).toMatchObject({ isIdle: false });
  });

  it('is measured by the traffic of its smoke tests, which is counted', () => {
    const traffic = { requests: 2, failed: 1 };
    const flow = { ...health, kind: 'smoke-test', title: 'Notes' } as const;
    // Its checks are of that traffic, and take nothing from it.
    const measured = Array.from({ length: 20 }, (_, second) => used(second, 7, { checks: [flow], traffic }));
    expect(judgeReadings(measured)).toMatchObject({
      isIdle: false,
      metrics: [{ verdict: 'pass' }],
      traffic: { requests: 40, failed: 20 },
    });
  });
});
