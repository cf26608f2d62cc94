export type { Fetch } from './answer.ts';
export { controlGroupLimits, type ReadText } from './control-group.ts';
export { metricReader, probeMetrics, type MetricAnswer, type MetricReader } from './reader.ts';
export type { Denominators, ReaderOptions } from './telemetry.ts';
