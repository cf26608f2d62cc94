import { z } from 'zod';
import { metricSourceSchema } from '../values/metric-sources.ts';
import { sourceSchema, comparisonSchema, evidenceSchema } from './values.ts';

/** The closed table of metric names; other names are those of `promql` fences. */
export const builtInMetricSchema = z.enum([
  'request-rate',
  'error-rate',
  'response-time',
  'cpu',
  'memory',
  'database-connections',
  'queue-depth',
]);
export const unitSchema = z.enum(['ratio', 'ms', 'bytes', 'count', 'per-second']);
export type Unit = z.infer<typeof unitSchema>;

export const metricSchema = z.object({
  /** A built-in name or that of a promql fence. */
  metric: z.string(),
  quantile: z.number().gt(0).lt(1).optional(),
  unit: unitSchema,
  /** PromQL that defines or overrides the metric. */
  query: z.string().optional(),
  /** `(if applicable)`: a metric that has no series is not applicable rather than missing. */
  optional: z.boolean(),
  source: sourceSchema,
});
export type Metric = z.infer<typeof metricSchema>;

/** `rollback`, `page`, `warn` or `notify:CHANNEL` */
export const alertActionSchema = z.union([
  z.enum(['rollback', 'page', 'warn']),
  z.templateLiteral(['notify:', z.string()]),
]);
export type AlertAction = z.infer<typeof alertActionSchema>;

export const limitSchema = z.object({
  metric: z.string(),
  quantile: z.number().gt(0).lt(1).optional(),
  operator: comparisonSchema,
  value: z.number(),
  unit: unitSchema,
  /** How long the breach must last. */
  forMs: z.number(),
  /** The window of rates and quantiles. */
  overMs: z.number(),
  /** Names of the times about which the document is silent. */
  defaulted: z.array(z.string()).optional(),
});
export type Limit = z.infer<typeof limitSchema>;

export const thresholdSchema = limitSchema.extend({ action: alertActionSchema, source: sourceSchema });
export type Threshold = z.infer<typeof thresholdSchema>;

export const monitoringSchema = z.object({
  source: metricSourceSchema.nullable(),
  watchMs: z.number(),
  /** `checks`: without metrics the watch repeats health checks and smoke tests. Absent: it measures, or is none. */
  watchedBy: z.literal('checks').optional(),
  everyMs: z.number(),
  baselineMs: z.number(),
  /** Valid ticks per metric; gates a pass only. */
  minimumSamples: z.number().int(),
  /** Requests within a window; gates a breach of a rate or quantile. */
  minimumRequests: z.number().int(),
  mode: z.enum(['active', 'shadow']),
  onNoData: z.object({
    waitMs: z.number(),
    then: z.union([z.literal('fail'), z.templateLiteral(['ask:', z.string()])]),
  }),
  /** Smoke tests that run as steady load while nobody uses the service, by number. Absent: none do. */
  syntheticTraffic: z.object({ flows: z.array(z.number().int().positive()).min(1) }).optional(),
  metrics: z.array(metricSchema),
  thresholds: z.array(thresholdSchema),
  /** Denominators of CPU and memory ratios; null where neither profile nor cgroup gives one. */
  limits: z.object({ cores: z.number().nullable(), memoryBytes: z.number().nullable() }),
  dashboards: z.array(z.string()),
  /** Log evidence read over the watch window; null where no line or binding names logs. */
  logs: evidenceSchema.nullable(),
  /** Names of the values about which the document is silent, so that profile or defaults gave them. */
  defaulted: z.array(z.string()).optional(),
});
export type Monitoring = z.infer<typeof monitoringSchema>;

export const triggerSchema = z.object({
  text: z.string(),
  rule: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('smoke-tests') }),
    z.object({ kind: z.literal('limit'), limit: limitSchema }),
    z.object({ kind: z.literal('critical-flow') }),
    /** An alerting rule of the metric source, by its name. */
    z.object({ kind: z.literal('alert'), alert: z.string().min(1) }),
    /** p95 or p99 above baseline × (1 + ratio), and above baseline + `beyondMs` */
    z.object({
      kind: z.literal('degradation'),
      ratio: z.number(),
      /** 100 where the document does not say it. */
      beyondMs: z.number().nonnegative().optional(),
      forMs: z.number(),
      overMs: z.number(),
      defaulted: z.array(z.string()).optional(),
    }),
    z.object({ kind: z.literal('manual') }),
  ]),
  mode: z.enum(['active', 'shadow']),
  source: sourceSchema,
});
export type Trigger = z.infer<typeof triggerSchema>;
