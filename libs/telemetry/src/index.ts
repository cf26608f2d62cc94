export type { Fetch } from './answer.ts';
export { metricReader, probeMetrics, type MetricAnswer, type MetricReader } from './reader.ts';
export { telemetryFetch } from './telemetry-fetch.ts';
export type { Denominators, ReaderOptions } from './telemetry.ts';
