import { z } from 'zod';
import type { CheckResult, SyntheticTraffic } from '../../values.ts';
import { latenciesSchema } from './latencies.ts';

const quantile = z.number().gt(0).lt(1);
const unit = z.enum(['ratio', 'ms', 'bytes', 'count', 'per-second']);

/** One number to be read at every tick. Two limits on one metric with different windows are two measures. */
export const measureSchema = z.object({
  /** A built-in name or that of a `promql` fence. */
  metric: z.string(),
  quantile: quantile.optional(),
  unit,
  /** The window of rates and quantiles; of other metrics, how old a value may be. */
  windowMs: z.number(),
  /** PromQL that replaces the built-in query. */
  query: z.string().optional(),
  /** Not applicable, rather than missing, where it has no series. */
  optional: z.boolean(),
  /** Requests are counted by duration as well, since a limit on it is relative to the baseline. */
  counted: z.literal(true).optional(),
});
export type Measure = z.infer<typeof measureSchema>;

/**
 * What one measure said at one tick. `value` is a finite number in `unit` (ratios as 0.05, times in ms), or null with a
 * `verdict` and the `reason` as a sentence.
 */
export const sampleSchema = z.object({
  metric: z.string(),
  quantile: quantile.optional(),
  /** ISO 8601, UTC. */
  time: z.string(),
  value: z.number().nullable(),
  unit,
  windowMs: z.number(),
  /** The part of the window that the readings cover. */
  spanMs: z.number().optional(),
  verdict: z.enum(['no-data', 'error', 'skipped']).optional(),
  reason: z.string().optional(),
  /** The true value is greater than this one: the quantile lies above the histogram's last bound. */
  above: z.literal(true).optional(),
  /** Requests within the window; absent where the source does not report them. */
  requests: z.number().optional(),
  /** The requests of the last `spanMs`, by duration: what was not counted by the sample before, where the source can count so. */
  counted: z.object({ spanMs: z.number().positive(), latencies: latenciesSchema }).optional(),
  latencyMs: z.number(),
  /** What was asked of the source. */
  query: z.string().optional(),
  /** The reply of the source, shortened. */
  raw: z.string().optional(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** All measures of one tick. */
export const readingSchema = z.object({ time: z.string(), samples: z.array(sampleSchema) });
/** With the checks that the tick repeated and the traffic that there was for it, if any. */
export type Reading = z.infer<typeof readingSchema> & {
  readonly checks?: readonly CheckResult[];
  /** What Backstay itself sent since the tick before. */
  readonly traffic?: SyntheticTraffic;
};

type Identity = Pick<Measure, 'metric' | 'quantile' | 'windowMs'>;

export const sameMeasure = (a: Identity, b: Identity): boolean =>
  a.metric === b.metric && a.quantile === b.quantile && a.windowMs === b.windowMs;

export const measureKey = ({ metric, quantile: q, windowMs }: Identity): string => `${metric}|${q ?? ''}|${windowMs}`;

export const instant = (time: string): number => Date.parse(time);
