import type { Breach, MeasurementsTaken, RecordedSample } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { secondsIn } from './scenario.ts';

export const normal = {
  metric: 'error-rate',
  unit: 'ratio' as const,
  windowMs: 5_000,
  value: 0.002,
  mean: 0.002,
  samples: 60,
};

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
