import { describe, expect, it } from 'vitest';
import { measurements } from './measurements.ts';
import * as given from './testing/index.ts';

describe('the measurements', () => {
  const { events } = given.rolledBackByErrorRate();
  const stream = given.measuredStream([0.002, null, 0.098], 30);

  it('stand beside limits, baseline and breaches', () => {
    const { metrics } = measurements(stream, events);
    expect(metrics).toEqual([
      {
        metric: 'error-rate',
        unit: 'ratio',
        windowMs: 5_000,
        threshold: expect.objectContaining({
          kind: 'threshold',
          operator: '>',
          value: 0.05,
          forMs: 5_000,
          action: 'rollback',
          line: 142,
        }),
        thresholds: [expect.objectContaining({ line: 142 })],
        baseline: 0.002,
        breaches: [
          expect.objectContaining({ type: 'DegradationDetected', sentence: given.breach.sentence, observed: 0.098 }),
        ],
        samples: [
          { time: given.secondsIn(30), value: 0.002, verdict: 'pass', latencyMs: 4 },
          { time: given.secondsIn(31), value: null, verdict: 'no-data', latencyMs: 4, reason: 'connection refused' },
          { time: given.secondsIn(32), value: 0.098, verdict: 'pass', latencyMs: 4 },
        ],
      },
    ]);
  });

  it('list what is named and was never read', () => {
    expect(measurements([], events).metrics).toEqual([expect.objectContaining({ metric: 'error-rate', samples: [] })]);
    expect(measurements([], []).metrics).toEqual([]);
  });

  it('keep two windows of one metric apart', () => {
    const [tick] = stream;
    const wide = {
      ...tick!,
      data: { ...tick!.data, samples: [given.sample(30, 0.01), given.sample(30, 0.02, { windowMs: 60_000 })] },
    };
    expect(measurements([wide], events).metrics.map(({ windowMs, samples }) => [windowMs, samples[0]?.value])).toEqual([
      [5_000, 0.01],
      [60_000, 0.02],
    ]);
  });
});
