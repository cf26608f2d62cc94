import { describe, expect, it } from 'vitest';
import {
  baselineOf,
  evolveWatch,
  judgeWatch,
  openWatch,
  startWatch,
  type Judged,
  type KnownBaseline,
  type Latencies,
  type Reading,
} from './index.ts';
import { at, judged, limit, sample, threshold, tick, trigger, type Value } from './watching.test-support.ts';

const p95 = { metric: 'response-time', quantile: 0.95, unit: 'ms', windowMs: 5_000, optional: false } as const;
const p99 = { ...p95, quantile: 0.99 } as const;

const planOf = (override: { beyondMs?: number; ratio?: number; forMs?: number } = {}): Judged =>
  judged({ thresholds: [], metrics: [] }, [
    trigger({ kind: 'degradation', ratio: 0.5, forMs: 2_000, overMs: 5_000, ...override }),
  ]);

/** So many requests that take between 90 % of a time and all of it. */
const near = (ms: number, requests = 100): Latencies => [[0.9 * ms, ms, requests]];

function counting(second: number, latencies: Latencies | null, value: Value = 1): Reading {
  const counted = latencies === null ? {} : { counted: { spanMs: 1_000, latencies } };
  const samples = [p95, p99].map((of) => ({ ...sample(second, value, of), ...counted }));
  return { time: at(second), samples };
}

const each = (count: number, latencies: (second: number) => Latencies, from = 1): Reading[] =>
  Array.from({ length: count }, (_, index) => counting(from + index, latencies(from + index)));

const baselineAt = (ms: number, count = 20): KnownBaseline =>
  baselineOf(
    each(count, () => near(ms), -count),
    20,
  );
const normal = baselineAt(200);

const watched = (plan: Judged, readings: readonly Reading[], baseline = normal) =>
  readings.reduce(evolveWatch, startWatch(openWatch(plan, baseline), at(0)));
const judge = (readings: readonly Reading[], baseline = normal, plan = planOf(), now = readings.length) =>
  judgeWatch(watched(plan, readings, baseline), at(now));

const rule = (judgement: ReturnType<typeof judge>, quantile = 0.95) =>
  judgement.rules.find((one) => one.quantile === quantile);

describe('a limit relative to the baseline', () => {
  it('is broken by a release that is slower in each window', () => {
    const { decision } = judge(each(20, () => near(400)));
    expect(decision).toMatchObject({
      decision: 'degraded',
      rule: { kind: 'trigger', line: 88 },
      quantile: 0.95,
      comparison: { windows: { slow: 15, normal: 0, neither: 0 }, above: 1, baselineAbove: expect.closeTo(0.05) },
    });
  });

  it('passes a release that is as fast as before', () => {
    const judgement = judge(each(20, () => near(200)));
    expect(judgement.outcome?.outcome).toBe('passed');
    expect(rule(judgement)).toMatchObject({ verdict: 'pass', comparison: { windows: { slow: 0, normal: 20 } } });
  });

  it('is not broken by one burst, however slow', () => {
    const burst = (second: number) => near(second > 4 && second < 12 ? 5_000 : 200);
    const judgement = judge(each(30, burst));
    expect(judgement).toMatchObject({ decision: null, outcome: { outcome: 'passed' } });
  });

  it('is not broken as often as a burst comes and goes', () => {
    const judgement = judge(each(300, (second) => near(second % 10 < 5 ? 1_000 : 200)));
    expect(judgement).toMatchObject({ decision: null });
  });

  it('is not broken by a baseline and a watch of few requests', () => {
    const few = each(60, (second) => near(second === 3 ? 2_000 : 200, 1));
    const known = baselineOf(
      each(5, () => near(70, 20), -5),
      20,
    );
    const judgement = judge(few, known);
    expect(judgement.decision).toBeNull();
    expect(rule(judgement)).toMatchObject({
      verdict: 'too-few',
      reason: 'the baseline has 100 requests, 360 are needed',
    });
    expect(judgement.outcome).toMatchObject({ outcome: 'failed', undecided: true });
  });

  it('is judged against the faster part of a baseline that was mostly slow, not against its fastest window', () => {
    const mostlySlow = baselineOf(
      each(20, (second) => near((second + 20) % 5 < 2 ? 200 : 2_000), -20),
      20,
    );
    const of = (ms: number) =>
      judge(
        each(60, () => near(ms)),
        mostlySlow,
      );
    expect(of(2_000).decision).toBeNull();
    expect(rule(of(2_000))).toMatchObject({ verdict: 'pass' });
    expect(of(4_000).decision).toMatchObject({ decision: 'degraded', baseline: { value: expect.closeTo(1_858, 0) } });
  });

  it('is not judged where too little of a recorded baseline was normal', () => {
    const [metric, ...others] = normal!.metrics;
    const recorded = { ...normal!, metrics: [{ ...metric!, requests: 5_000 }, ...others] };
    const judgement = judge(
      each(60, () => near(2_000)),
      recorded,
    );
    expect(rule(judgement, metric!.quantile)).toMatchObject({
      verdict: 'too-few',
      reason: 'the baseline fell into bursts: 2000 of 5000 requests are of its calm part, half are needed',
    });
  });

  it('is too few where the watch has no window of enough requests', () => {
    const judgement = judge(
      each(50, () => near(900, 1)),
      normal,
    );
    expect(rule(judgement)).toMatchObject({ verdict: 'too-few', reason: 'a window needs 60 requests' });
    expect(judgement.outcome).toMatchObject({ outcome: 'failed', undecided: true, decisions: [] });
  });

  it('collects requests over ticks until a window has enough of them', () => {
    const judgement = judge(each(20, () => near(200, 30)));
    expect(rule(judgement)?.comparison?.windows.normal).toBe(10);
  });

  it('says what the data do not decide: too often slow for a pass, and too often normal for a degradation', () => {
    const mostly = (second: number) => near(second % 5 === 0 ? 200 : 400);
    const judgement = judge(each(60, mostly), baselineAt(200, 5));
    expect(judgement.decision).toBeNull();
    expect(rule(judgement)).toMatchObject({
      verdict: 'too-few',
      reason: 'not decided by 48 slow, 12 normal and 0 undecided windows of at least 60 requests',
    });
    expect(judgement.outcome).toMatchObject({ outcome: 'failed', undecided: true });
  });

  it('finds a release that becomes slower later', () => {
    const later = (second: number) => near(second > 30 ? 400 : 200);
    expect(judge(each(60, later)).decision).toMatchObject({ decision: 'degraded' });
  });

  it('has an absolute minimum, of 100 ms where the document names none', () => {
    expect(
      judge(
        each(40, () => near(90)),
        baselineAt(10),
      ).decision,
    ).toBeNull();
    expect(
      judge(
        each(40, () => near(130)),
        baselineAt(10),
      ).decision,
    ).not.toBeNull();
    expect(
      judge(
        each(40, () => near(90)),
        baselineAt(10),
        planOf({ beyondMs: 20 }),
      ).decision,
    ).not.toBeNull();
    expect(
      judge(
        each(40, () => near(400)),
        normal,
        planOf({ beyondMs: 500 }),
      ).decision,
    ).toBeNull();
  });

  it('lasts as long as the document wants', () => {
    const { decision } = judge(
      each(60, () => near(400)),
      normal,
      planOf({ forMs: 30_000 }),
    );
    expect(decision).toMatchObject({ since: at(1), decidedAt: at(31) });
  });

  it('is judged from requests that are counted once, whatever windows overlap', () => {
    const overlapping = Array.from({ length: 20 }, (_, index): Reading => {
      const one = counting(index + 1, near(400, 500));
      return {
        ...one,
        samples: one.samples.map((each) => ({ ...each, counted: { spanMs: 5_000, latencies: near(400, 500) } })),
      };
    });
    const judgement = judge(overlapping);
    expect(rule(judgement)?.comparison?.windows.slow).toBe(4);
    expect(judgement.decision).toBeNull();
  });

  it('takes no window over a gap', () => {
    const half = () => near(200, 40);
    const before = each(1, half);
    const after = each(1, half, 60);
    expect(rule(judge([...before, ...after], normal, planOf(), 60))?.comparison?.windows.normal).toBe(0);
  });

  it('is not judged by requests of which nobody knows how long they took', () => {
    const beyond = (): Latencies => [
      [180, 200, 90],
      [200, null, 10],
    ];
    const judgement = judge(each(60, beyond));
    expect(judgement.decision).toBeNull();
    expect(rule(judgement)).toMatchObject({ verdict: 'too-few', comparison: { windows: { neither: 60 } } });
  });

  it('is not judged by a source that counts no requests by duration', () => {
    const judgement = judge(
      Array.from({ length: 60 }, (_, index) => counting(index + 1, null)),
      normal,
    );
    expect(rule(judgement)).toMatchObject({ verdict: 'too-few' });
    expect(judgement.outcome?.outcome).toBe('failed');
  });

  it('is judged by its other quantile where one has too few requests', () => {
    const few = baselineAt(200, 5);
    const judgement = judge(
      each(20, () => near(200)),
      few,
    );
    expect(rule(judgement)?.verdict).toBe('pass');
    expect(rule(judgement, 0.99)).toMatchObject({
      verdict: 'skipped',
      reason: 'the baseline has 500 requests, 1800 are needed; the other quantile decides',
    });
    expect(judgement.outcome?.outcome).toBe('passed');
  });

  it('is not left to its other quantile where the bounds of the histogram do not show one', () => {
    const beyond = (): Latencies => [
      [180, 200, 97],
      [200, null, 3],
    ];
    const known = baselineOf(each(20, beyond, -20), 20);
    const judgement = judge(
      each(20, () => near(200)),
      known,
    );
    expect(rule(judgement)?.verdict).toBe('pass');
    expect(rule(judgement, 0.99)).toMatchObject({
      verdict: 'too-few',
      reason: 'the baseline lies above the last bound of the histogram',
    });
    expect(judgement.outcome).toMatchObject({ outcome: 'failed', undecided: true });
  });

  it('still rolls back where data are missing, by the policy for missing data', () => {
    const { decision } = judge([
      ...each(5, () => near(200)),
      ...Array.from({ length: 15 }, (_, i) => tick(6 + i, null, p95)),
    ]);
    expect(decision).toMatchObject({ decision: 'no-data' });
  });
});

describe('a baseline', () => {
  it('is the calm part of what was measured: a burst in it hides no degradation', () => {
    const parts = each(20, (second) => near(second > -10 ? 2_000 : 200), -20);
    const { decision } = judge(
      each(20, () => near(400)),
      baselineOf(parts, 20),
    );
    expect(decision).toMatchObject({ comparison: { limitMs: expect.closeTo(288, 0) } });
  });

  it('of a first deployment is not there, and the limit is skipped', () => {
    const plan = judged({ metrics: [], thresholds: [threshold({ ...limit(p95), value: 5_000, unit: 'ms' })] }, [
      trigger({ kind: 'degradation', ratio: 0.5, forMs: 0, overMs: 5_000 }),
    ]);
    const judgement = judge(
      each(20, () => near(900)),
      null,
      plan,
    );
    expect(judgement.rules.slice(1)).toMatchObject([
      { verdict: 'skipped', reason: 'first deployment' },
      { verdict: 'skipped', reason: 'first deployment' },
    ]);
    expect(judgement.outcome?.outcome).toBe('passed');
  });

  it.each([
    ['was not measured', baselineOf([], 20), 'no-data'],
    [
      'is one of before requests were counted',
      baselineOf(
        each(20, () => []).map(({ time }) => ({ time, samples: [sample(-1, 200, p95), sample(-1, 400, p99)] })),
        20,
      ),
      'too-few',
    ],
  ])('that %s lets nothing pass', (_, known, verdict) => {
    const judgement = judge(
      each(60, () => near(10)),
      known,
    );
    expect(judgement.rules.map((one) => one.verdict)).toEqual([verdict, verdict]);
    expect(judgement.outcome?.outcome).toBe('failed');
  });

  it('keeps the median of its samples beside what was counted', () => {
    const readings = [180, 200, 900].map((value, index) => counting(index - 3, near(200), value));
    expect(baselineOf(readings, 20).metrics).toMatchObject([
      { quantile: 0.95, median: 200, samples: 3, requests: 300 },
      { quantile: 0.99, median: 200, samples: 3, requests: 300 },
    ]);
  });
});
