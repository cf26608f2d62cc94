import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
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

async function errorRateOf(lines: readonly string[]): Promise<number | null | undefined> {
  const replies = [before, lines].map((text) => `${text.join('\n')}\n`);
  const fetch = async () => new Response(replies.shift(), { headers: { 'content-type': 'text/plain' } });
  const measures = [measure('error-rate', 'ratio')];
  const reader = metricReader(
    { kind: 'scrape', url: 'http://service/metrics' },
    { fetch, monitoring: { everyMs: 1_000, limits }, measures },
  );
  await reader.read(at(0));
  return (await reader.read(at(1))).samples[0]?.value;
}

/** The parts of a line that say which series it is of, and what it shows; not the name and the value, of which any other may be meant. */
const parts = ['{', '}', '"', ',', '=', 'status', '500', ' 50'];

describe('garbling any part of an exposition', () => {
  it('never makes failed requests fewer: there is the same share, or none', async () => {
    expect(await errorRateOf(after)).toBe(0.5);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...parts),
        fc.constantFrom('', '?', '"', '{', '}', 'x', ' = ', ' "'),
        async (part, by) => {
          const garbled = [after[0]!, after[1]!.replace(part, () => by)];
          expect({ garbled, share: (await errorRateOf(garbled)) ?? 0.5 }).toMatchObject({ share: 0.5 });
        },
      ),
      runs(300),
    );
  });

  it('nor does another order, white space, or a comma at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.constantFrom('', ' ', '\t', '  '),
        fc.boolean(),
        async (isTurned, blank, hasComma) => {
          const labels = ['method="GET"', 'status="500"'];
          const inner = (isTurned ? labels.toReversed() : labels).map((label) =>
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
