import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Measure } from '@backstay/deployment';
import { runs, tally } from '@backstay/event-sourcing/testing';
import { metricReader } from './reader.ts';
import { at, limits, measure } from './testing/measures.ts';

/** A second in which half of the requests failed, as a service publishes it. */
const before = [
  'http_requests_total{method="GET",status="200"} 100',
  'http_requests_total{method="GET",status="500"} 0',
];
const after = [
  'http_requests_total{method="GET",status="200"} 150',
  'http_requests_total{method="GET",status="500"} 50',
];

const errorRateOf = (lines: readonly string[]) => valueOf(measure('error-rate', 'ratio'), [before, lines]);

const shareOf = (text: string) => valueOf(measure('error-rate', 'ratio'), [before, text]);

/** What is read of two scrapes, a second apart; lines are whole, a text may be cut. */
async function valueOf(
  wanted: Measure,
  scrapes: readonly (readonly string[] | string)[],
): Promise<number | null | undefined> {
  const replies = scrapes.map((scrape) => (typeof scrape === 'string' ? scrape : `${scrape.join('\n')}\n`));
  const fetch = async () => new Response(replies.shift(), { headers: { 'content-type': 'text/plain' } });
  const reader = metricReader(
    { kind: 'scrape', url: 'http://service/metrics' },
    { fetch, monitoring: { everyMs: 1_000, limits }, measures: [wanted] },
  );
  await reader.read(at(0));
  return (await reader.read(at(1))).samples[0]?.value;
}

/** The parts of a line that say which series it is of, and what it shows; not the name and the value, of which any other may be meant. */
const parts = ['{', '}', '"', ',', '=', 'status', '500', ' 50'];

/** Of 100 requests, 6 took between 0.5 and 1 s. */
const slow = ['0.1"} 94', '0.5"} 94', '1"} 100', '+Inf"} 100'].map(
  (rest) => `http_request_duration_seconds_bucket{le="${rest}`,
);
const p95Of = (lines: readonly string[]) =>
  valueOf(measure('response-time', 'ms', { quantile: 0.95 }), [slow.map((line) => line.replace(/\d+$/, '0')), lines]);

describe('garbling any part of an exposition', () => {
  const tried = tally();
  afterAll(() => tried.report('garbled expositions: none with fewer failures, or faster'));

  it('never makes failed requests fewer: there is the same share, or none', async () => {
    expect(await errorRateOf(after)).toBe(0.5);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...parts),
        fc.constantFrom('', '?', '"', '{', '}', 'x', ' = ', ' "'),
        async (part, by) => {
          tried.add();
          const garbled = [after[0]!, after[1]!.replace(part, () => by)];
          expect({ garbled, share: (await errorRateOf(garbled)) ?? 0.5 }).toMatchObject({ share: 0.5 });
        },
      ),
      runs(300),
    );
  });

  it('nor does cutting it anywhere within its last line', async () => {
    const text = `${after.join('\n')}\n`;
    for (let end = text.lastIndexOf('\n', text.length - 2) + 2; end < text.length; end += 1) {
      tried.add();
      expect(await shareOf(text.slice(0, end))).toBeNull();
    }
  });

  it('nor does another status beside the one that is written', async () => {
    for (const label of ['code', 'status_code', 'http_status_code', 'http_response_status_code'])
      for (const other of ['200', '404', '2xx', '5xx', 'success', '']) {
        tried.add();
        const both = (lines: readonly string[]) => lines.with(1, lines[1]!.replace('{', `{${label}="${other}",`));
        const share = await valueOf(measure('error-rate', 'ratio'), [both(before), both(after)]);
        expect({ label, other, share: share ?? 0.5 }).toMatchObject({ share: 0.5 });
      }
  });

  it('never makes requests faster', async () => {
    expect(await p95Of(slow)).toBeCloseTo(583, 0);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: slow.length - 1 }),
        fc.constantFrom('{', '}', '"', 'le', '=', '0', '1', ' '),
        fc.constantFrom('?', '"', '{', '}', 'x', ' "'),
        async (line, part, by) => {
          const garbled = slow.with(
            line,
            slow[line]!.replace(new RegExp(`(?<=[{].*|_count.*)[${part}]`), () => by),
          );
          tried.add();
          expect({ garbled, isFast: ((await p95Of(garbled)) ?? 1_000) < 583 }).toMatchObject({ isFast: false });
        },
      ),
      runs(300),
    );
  });

  it('nor does a bucket that is there no more', async () => {
    for (const gone of slow.keys()) {
      const value = await p95Of(slow.toSpliced(gone, 1));
      expect({ gone, isFast: (value ?? 1_000) < 583 }).toMatchObject({ isFast: false });
    }
  });

  it('nor does another order, white space, or a comma at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.constantFrom('', ' ', '\t', '  '),
        fc.boolean(),
        async (isReversed, blank, hasComma) => {
          const labels = ['method="GET"', 'status="500"'];
          const inner = (isReversed ? labels.toReversed() : labels).map((label) =>
            label.replace('=', `${blank}=${blank}`),
          );
          const text = `http_requests_total${blank}{${blank}${inner.join(`${blank},${blank}`)}${hasComma ? ',' : ''}${blank}}${blank} 50${blank}`;
          expect({ text, share: await errorRateOf([after[0]!, text]) }).toMatchObject({ share: 0.5 });
        },
      ),
      runs(100),
    );
  });
});
