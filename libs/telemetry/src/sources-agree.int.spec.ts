import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeds } from '@backstay/event-sourcing/testing';
import { freePort } from '@backstay/local-platform';
import { importScrapes, type ImportedScrape } from './prometheus/imported-prometheus.test-support.ts';
import { findPrometheus, startPrometheus, type RunningPrometheus } from './prometheus/real-prometheus.test-support.ts';
import { metricReader } from './reader.ts';
import { limits, measure } from './testing/measures.ts';
import { recordedLife } from './testing/recorded-life.test-support.ts';

const binary = await findPrometheus();
const lives = 8;
const seconds = 40;
/** In the past, where Prometheus takes imported data; a whole second, so that both sources look at the same moments. */
const beginning = Math.floor((Date.now() - 3 * 3_600_000) / 1_000) * 1_000;
const measures = [
  measure('request-rate', 'per-second'),
  measure('error-rate', 'ratio'),
  measure('response-time', 'ms', { quantile: 0.95 }),
];

/** `increase` extrapolates a series that is left out at the end of a window of five scrapes by one of them. */
const mostDifference = 1 / 4;
/** Relative to the first. */
const differenceOf = (ours: number | null | undefined, theirs: number | null | undefined): number =>
  ours == null || theirs == null || ours === theirs ? 0 : Math.abs(ours - theirs) / Math.max(ours, Number.EPSILON);

(binary === null ? describe.skip : describe)('a scrape and a real Prometheus', () => {
  const all = seeds(lives).map((seed) => ({ job: `life-${seed}`, texts: recordedLife(seed, seconds) }));
  const timeOf = (second: number) => beginning + second * 1_000;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    const scrapes = all.flatMap(({ job, texts }) =>
      texts.map((text, second): ImportedScrape => ({ job, time: timeOf(second), text })),
    );
    prometheus = await startPrometheus(binary ?? '', await freePort(), {}, {}, (directory) =>
      importScrapes(binary ?? '', directory, scrapes),
    );
  });
  afterAll(() => prometheus?.stop());

  it.each(all)('give the same figures for the same service: $job', async ({ job, texts }) => {
    const options = { monitoring: { everyMs: 1_000, limits }, measures };
    const replies = [...texts];
    const scraped = async () => new Response(replies.shift(), { headers: { 'content-type': 'text/plain' } });
    const scrape = metricReader({ kind: 'scrape', url: 'http://service/metrics' }, { ...options, fetch: scraped });
    const asked = metricReader({ kind: 'prometheus', url: `${prometheus.url}/?job=${job}` }, { ...options, fetch });
    let compared = 0;
    for (const second of texts.keys()) {
      const time = new Date(timeOf(second)).toISOString();
      const [ours, theirs] = [await scrape.read(time), await asked.read(time)];
      // Before the window is full the two do not see the same past.
      if (second < 6) continue;
      for (const [index, sample] of ours.samples.entries()) {
        const other = theirs.samples[index];
        expect({ second, metric: other?.metric, isKnown: other?.value != null }).toEqual({
          second,
          metric: sample.metric,
          isKnown: sample.value != null,
        });
        expect(differenceOf(sample.value, other?.value), `${sample.metric} at ${second} s`).toBeLessThanOrEqual(
          mostDifference,
        );
        compared += 1;
      }
    }
    expect(compared).toBe((seconds - 6) * measures.length);
  });
});
