import { z } from 'zod';
import { soundness } from './soundness.ts';
import { measureKey, measureSchema, type Reading, type Sample } from './sample.ts';

const baselineMetricSchema = measureSchema.pick({ metric: true, quantile: true, unit: true, windowMs: true }).extend({
  median: z.number(),
  mean: z.number(),
  /** How many valid samples it rests on. */
  samples: z.number().int().positive(),
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

function baselineOfSamples(samples: readonly [Sample, ...Sample[]], values: readonly number[]): BaselineMetric {
  const [{ metric, quantile, unit, windowMs }] = samples;
  const named = { metric, ...(quantile === undefined ? {} : { quantile }), unit, windowMs };
  return { ...named, median: median(values), mean: mean(values), samples: values.length };
}

/** A value that is only a lower bound says nothing about what is normal, and is left out. */
const exact = (sample: Sample): boolean => sample.above !== true && soundness(sample).verdict === 'sound';

export function baselineOf(readings: readonly Reading[]): Baseline {
  const groups = new Map<string, [Sample, ...Sample[]]>();
  for (const sample of readings.flatMap((reading) => reading.samples).filter(exact)) {
    const group = groups.get(measureKey(sample));
    if (group) group.push(sample);
    else groups.set(measureKey(sample), [sample]);
  }
  const metrics = [...groups.values()].map((group) =>
    baselineOfSamples(
      group,
      group.map(({ value }) => Number(value)),
    ),
  );
  return { from: readings[0]?.time ?? null, to: readings.at(-1)?.time ?? null, metrics };
}
