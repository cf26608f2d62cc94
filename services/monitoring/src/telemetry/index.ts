export type { Fetch } from './answer.ts';
export { metricReader, probeMetrics, type MetricAnswer, type MetricReader, type ReaderOptions } from './reader.ts';
