import { baselineOf, isBaselineSteady, type Reading, type Running } from '@backstay/deployment';
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

/** Where there are too few requests, or most of them fell into a burst, it is measured on: so many times as long at most … */
const longest = 3;
/** … and so much longer at most, for which planning waits in any case. */
const mostMoreMs = 300_000;

/** Reads what is normal before anything is touched; null when it was ended before its time. */
export async function measureBaseline(
  { monitoring }: Plan,
  reader: MetricReader,
  ticker: Ticker,
  now: () => string,
  signal: AbortSignal,
): Promise<Recorded | null> {
  const { everyMs, baselineMs, minimumRequests } = monitoring;
  const from = now();
  const readings: Reading[] = [];
  let overMs = baselineMs;
  for await (const time of ticker.ticks({ everyMs, from, signal })) {
    const reading = await unlessEnded(signal, reader.read(time));
    if (reading !== null) readings.push(recordable(reading));
    const takenMs = Date.parse(time) - Date.parse(from);
    if (takenMs < baselineMs) continue;
    if (isBaselineSteady(readings, minimumRequests)) break;
    overMs = takenMs;
    if (takenMs >= Math.min(longest * baselineMs, baselineMs + mostMoreMs)) break;
  }
  if (signal.aborted) return null;
  const { metrics, ...span } = baselineOf(readings, minimumRequests);
  return {
    ...span,
    metrics: metrics.map(({ median, ...metric }) => ({ ...metric, value: median })),
    overMs,
    skipped: null,
    at: now(),
  };
}
