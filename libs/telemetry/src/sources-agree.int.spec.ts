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

/** 49 requests succeed within five seconds; at their end a first series of failures appears, with 60 of them. */
const born = {
  job: 'born',
  texts: Array.from({ length: 8 }, (_, second) => {
    const ok = `http_requests_total{status="200"} ${50_000 + Math.max(0, second - 2) * 9.8}\n`;
    return second < 7 ? ok : `${ok}http_requests_total{status="500"} 60\n`;
  }),
};

(binary === null ? describe.skip : describe)('a scrape and a real Prometheus', () => {
  const all = seeds(lives).map((seed) => ({ job: `life-${seed}`, texts: recordedLife(seed, seconds) }));
  const timeOf = (second: number) => beginning + second * 1_000;
  const recorded = [...all, born].flatMap(({ job, texts }) =>
    texts.map((text, second): ImportedScrape => ({ job, time: timeOf(second), text })),
  );
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    prometheus = await startPrometheus(binary ?? '', await freePort(), {}, {}, (directory) =>
      importScrapes(binary ?? '', directory, recorded),
    );
  });
  afterAll(() => prometheus?.stop());

  function readersOf({ job, texts }: { readonly job: string; readonly texts: readonly string[] }) {
    const options = { monitoring: { everyMs: 1_000, limits }, measures };
    const replies = [...texts];
    const scraped = async () => new Response(replies.shift(), { headers: { 'content-type': 'text/plain' } });
    const scrape = metricReader({ kind: 'scrape', url: 'http://service/metrics' }, { ...options, fetch: scraped });
    const asked = metricReader({ kind: 'prometheus', url: `${prometheus.url}/?job=${job}` }, { ...options, fetch });
    return { scrape, asked };
  }

  it('count a series that is born inside the window from zero: 60 of 109 requests failed', async () => {
    const { scrape, asked } = readersOf(born);
    const errorsAt = async (second: number) => {
      const time = new Date(timeOf(second)).toISOString();
      const both = [await scrape.read(time), await asked.read(time)];
      return both.map(({ samples }) => samples.find(({ metric }) => metric === 'error-rate')?.value?.toFixed(4));
    };
    const shown = [];
    for (const second of born.texts.keys()) shown.push(await errorsAt(second));
    expect(shown.at(-2)).toEqual(['0.0000', '0.0000']);
    expect(shown.at(-1)).toEqual([(60 / 109).toFixed(4), (60 / 109).toFixed(4)]);
  });

  it.each(all)('give the same figures for the same service: $job', async (life) => {
    const { scrape, asked } = readersOf(life);
    let compared = 0;
    for (const second of life.texts.keys()) {
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
