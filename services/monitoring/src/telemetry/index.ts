export type { Fetch } from './answer.ts';
export type { Denominators } from './figure.ts';
export { metricReader, probeMetrics, type MetricAnswer, type MetricReader, type ReaderOptions } from './reader.ts';
