import type { Measure, Reading, Sample } from '@backstay/deployment';
import type { MetricSource } from '@backstay/document';
import { figureOf, foundFor, type Figure } from './figure.ts';
import { asLacking, type Lacking } from './lacking.ts';
import { openSource } from './sources.ts';
import type { Denominators, ReaderOptions, Telemetry } from './telemetry.ts';

/** What preflight wants to know of one measure. */
export interface MetricProbe {
  readonly metric: string;
  readonly quantile?: number;
  readonly windowMs: number;
  readonly verdict: 'pass' | 'no-data' | 'error' | 'skipped';
  /** The metric or query that it will be computed from. */
  readonly found?: string;
  readonly reason?: string;
}

export interface MetricReader {
  /** One tick: all measures at once. Never throws: what could not be read is a sample that says why. */
  read(now: string): Promise<Reading>;
  /** Which measures have data, all at once. */
  probe(now: string): Promise<MetricProbe[]>;
}

const identity = ({ metric, quantile, windowMs }: Measure) => ({
  metric,
  ...(quantile === undefined ? {} : { quantile }),
  windowMs,
});

const verdictOf = (lacking: Lacking, optional: boolean) => (lacking.absent && optional ? 'skipped' : lacking.verdict);

function withValue({ value, ...details }: Figure): Pick<Sample, 'value'> & Partial<Sample> {
  return { value, ...details };
}

const withReason = (
  lacking: Lacking,
  { optional, query = lacking.query }: Measure,
): Pick<Sample, 'value'> & Partial<Sample> => ({
  value: null,
  verdict: verdictOf(lacking, optional),
  reason: lacking.message,
  ...(query === undefined ? {} : { query }),
  ...(lacking.requests === undefined ? {} : { requests: lacking.requests }),
});

export function metricReader(source: MetricSource, options: ReaderOptions): MetricReader {
  const { measures, monitoring } = options;
  const limitsNow = options.limits ?? (async () => monitoring.limits);
  const opened = openSource(source, options);

  async function sampleOf(
    measure: Measure,
    telemetry: Promise<Telemetry>,
    limits: Promise<Denominators>,
    time: string,
  ): Promise<Sample> {
    const started = performance.now();
    const found = await telemetry
      .then(async (open) => figureOf(measure, open, { limits: await limits, everyMs: monitoring.everyMs }))
      .then(withValue, (cause: unknown) => withReason(asLacking(cause), measure));
    const latencyMs = Math.round(performance.now() - started);
    return { ...identity(measure), time, unit: measure.unit, latencyMs, ...found };
  }

  async function replyOf(
    measure: Measure,
    telemetry: Promise<Telemetry>,
    limits: Promise<Denominators>,
  ): Promise<MetricProbe> {
    try {
      return {
        ...identity(measure),
        verdict: 'pass',
        found: await foundFor(measure, await telemetry, await limits),
      };
    } catch (cause) {
      const lacking = asLacking(cause);
      return { ...identity(measure), verdict: verdictOf(lacking, measure.optional), reason: lacking.message };
    }
  }

  /** Each measure reports a failure to open for itself. */
  function open(now: string): Promise<Telemetry> {
    const telemetry = opened.open(Date.parse(now));
    telemetry.catch(() => undefined);
    return telemetry;
  }

  return {
    async read(now) {
      const telemetry = open(now);
      const limits = limitsNow();
      const samples = await Promise.all(measures.map((measure) => sampleOf(measure, telemetry, limits, now)));
      return { time: now, samples };
    },
    async probe(now) {
      const telemetry = open(now);
      const limits = limitsNow();
      return Promise.all(measures.map((measure) => replyOf(measure, telemetry, limits)));
    },
  };
}

export const probeMetrics = (source: MetricSource, options: ReaderOptions, now: string): Promise<MetricProbe[]> =>
  metricReader(source, options).probe(now);
