export type { Fetch } from './reply.ts';
export { metricReader, probeMetrics, type MetricProbe, type MetricReader } from './reader.ts';
export { telemetryFetch } from './telemetry-fetch.ts';
export type { Denominators, ReaderOptions } from './telemetry.ts';
