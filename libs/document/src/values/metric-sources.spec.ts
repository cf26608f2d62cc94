import { describe, expect, it } from 'vitest';
import { insteadOfPrometheus, metricSources, type MetricSource } from './metric-sources.ts';

describe('where Prometheus is needed', () => {
  it('a message says what to write, and what the source is instead', () => {
    expect(insteadOfPrometheus({ kind: 'scrape', url: 'http://localhost/metrics' })).toBe(
      'write `Source: Prometheus at `…``, the source here is scraped',
    );
  });

  const kinds = Object.keys(metricSources) as readonly MetricSource['kind'][];

  it.each(kinds)('the words for %s are those of its row', (kind) => {
    expect(insteadOfPrometheus({ kind, url: '' })).toMatch(new RegExp(` is ${metricSources[kind].is}$`));
  });
});
