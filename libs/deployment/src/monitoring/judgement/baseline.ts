import { z } from 'zod';
import { disjoint, isSteady, normalPart } from './comparison.ts';
import { latenciesSchema, merged, requestsIn, type Latencies } from './latencies.ts';
import { soundness } from './soundness.ts';
import { instant, measureKey, measureSchema, type Reading, type Sample } from './sample.ts';

const baselineMetricSchema = measureSchema.pick({ metric: true, quantile: true, unit: true, windowMs: true }).extend({
  median: z.number(),
  mean: z.number(),
  /** How many valid samples it rests on. */
  samples: z.number().int().positive(),
  /** Requests by duration, of the calm part; absent where none were counted. */
  latencies: latenciesSchema.optional(),
  /** Requests that were counted, those of bursts among them. */
  requests: z.number().nonnegative().optional(),
});

/** What was normal before the deployment. A metric without a single valid sample is absent. */
export const baselineSchema = z.object({
  from: z.string().nullable(),
  to: z.string().nullable(),
  metrics: z.array(baselineMetricSchema),
});
export type Baseline = z.infer<typeof baselineSchema>;
export type BaselineMetric = Baseline['metrics'][number];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What was counted, each request once. */
function partsOf(samples: readonly Sample[]): readonly Latencies[] {
  const counted = samples.flatMap(({ time, counted }) => (counted ? [{ at: instant(time), ...counted }] : []));
  return disjoint(counted).map(({ latencies }) => latencies);
}

function countedOf(
  samples: readonly Sample[],
  quantile: number | undefined,
  minimumRequests: number,
): Pick<BaselineMetric, 'latencies' | 'requests'> {
  const parts = partsOf(samples);
  if (quantile === undefined || parts.length === 0) return {};
  return { latencies: normalPart(parts, quantile, minimumRequests), requests: requestsIn(merged(parts)) };
}

function baselineOfSamples(samples: readonly [Sample, ...Sample[]], minimumRequests: number): BaselineMetric {
  const [{ metric, quantile, unit, windowMs }] = samples;
  const named = { metric, ...(quantile === undefined ? {} : { quantile }), unit, windowMs };
  const values = samples.map(({ value }) => Number(value));
  const counted = countedOf(samples, quantile, minimumRequests);
  return { ...named, median: median(values), mean: mean(values), samples: values.length, ...counted };
}

/** A value that is only a lower bound says nothing about what is normal, and is left out. */
const exact = (sample: Sample): boolean => sample.above !== true && soundness(sample).verdict === 'sound';

function grouped(readings: readonly Reading[]): readonly [Sample, ...Sample[]][] {
  const groups = new Map<string, [Sample, ...Sample[]]>();
  for (const sample of readings.flatMap((reading) => reading.samples).filter(exact)) {
    const group = groups.get(measureKey(sample));
    if (group) group.push(sample);
    else groups.set(measureKey(sample), [sample]);
  }
  return [...groups.values()];
}

export function baselineOf(readings: readonly Reading[], minimumRequests: number): Baseline {
  const metrics = grouped(readings).map((group) => baselineOfSamples(group, minimumRequests));
  return { from: readings[0]?.time ?? null, to: readings.at(-1)?.time ?? null, metrics };
}

/** Whether each metric that is to be compared can be, by its lowest quantile at least. */
export function isBaselineSteady(readings: readonly Reading[], minimumRequests: number): boolean {
  const compared = grouped(readings).flatMap((group) => {
    const [{ metric, windowMs, quantile, counted }] = group;
    return quantile === undefined || counted === undefined ? [] : [{ key: `${metric}|${windowMs}`, quantile, group }];
  });
  const lowest = new Map<string, (typeof compared)[number]>();
  for (const one of compared) if (one.quantile < (lowest.get(one.key)?.quantile ?? 1)) lowest.set(one.key, one);
  return [...lowest.values()].every(({ group, quantile }) => isSteady(partsOf(group), quantile, minimumRequests));
}
