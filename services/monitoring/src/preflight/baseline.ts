import { baselineOf, type Reading, type Running } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { unlessEnded } from '../running.ts';
import type { MetricReader } from '@backstay/telemetry';
import { recordable } from '../watch/measurements.ts';
import type { Ticker } from '../watch/ticker.ts';

type Recorded = NonNullable<Running['baseline']>;

export const noBaseline = (skipped: string, at: string): Recorded => ({
  metrics: [],
  from: null,
  to: null,
  overMs: 0,
  skipped,
  at,
});

/** Reads what is normal before anything is touched; null when it was ended before its time. */
export async function measureBaseline(
  { monitoring }: Plan,
  reader: MetricReader,
  ticker: Ticker,
  now: () => string,
  signal: AbortSignal,
): Promise<Recorded | null> {
  const { everyMs, baselineMs } = monitoring;
  const from = now();
  const readings: Reading[] = [];
  for await (const time of ticker.ticks({ everyMs, from, signal })) {
    const reading = await unlessEnded(signal, reader.read(time));
    if (reading !== null) readings.push(recordable(reading));
    if (Date.parse(time) - Date.parse(from) >= baselineMs) break;
  }
  if (signal.aborted) return null;
  const { metrics, ...span } = baselineOf(readings);
  return {
    ...span,
    metrics: metrics.map(({ median, ...metric }) => ({ ...metric, value: median })),
    overMs: baselineMs,
    skipped: null,
    at: now(),
  };
}
