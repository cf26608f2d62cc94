import type { MetricSource } from '@backstay/document';
import { prometheusSource } from './prometheus/prometheus.ts';
import { scrapeSource } from './scrape/scrape.ts';
import type { ReaderOptions, Source } from './telemetry.ts';

type Sources = { readonly [Kind in MetricSource['kind']]: (url: string, options: ReaderOptions) => Source };

/** One line for each kind of metric source. */
const sources: Sources = {
  scrape: scrapeSource,
  prometheus: prometheusSource,
};

export const openSource = ({ kind, url }: MetricSource, options: ReaderOptions): Source => sources[kind](url, options);
