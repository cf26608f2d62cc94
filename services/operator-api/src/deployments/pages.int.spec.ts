import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditTrail } from '@backstay/api-contract';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { measuredStream, success } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

const id = 'long';
const recorded = success({ id }).events;
const count = 2_350;

/** More of the same deployment than one page holds, of a type that no version knows. */
const filler: RecordedEvent[] = Array.from({ length: count - recorded.length }, (_, index) => ({
  ...(recorded.at(-1) as RecordedEvent),
  id: `${id}-filler-${index}`,
  version: recorded.length + index + 1,
  type: 'Noted',
  data: { index },
}));

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await api.record(
    [...recorded, ...filler],
    measuredStream(
      Array.from({ length: 25 }, (_, tick) => tick / 1_000),
      5,
      id,
    ),
  );
});

afterAll(() => api?.close());

const trail = (query: string, accept = 'application/json') =>
  api.get(`/v1/deployments/${id}/audit-trail${query}`, { accept });

const nextIn = (response: Response): string | undefined =>
  /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];

/** Every page from the first on, by the links alone. */
async function pagesFrom(path: string): Promise<AuditTrail[]> {
  const response = await api.get(path);
  const page = (await response.json()) as AuditTrail;
  const next = nextIn(response);
  expect(next === undefined).toBe(page.next === null);
  return next === undefined ? [page] : [page, ...(await pagesFrom(next))];
}

describe('a long audit trail', () => {
  it('comes as JSON in pages of a thousand, which together are all of it', async () => {
    const pages = await pagesFrom(`/v1/deployments/${id}/audit-trail`);
    expect(pages.map(({ entries }) => entries.length)).toEqual([1_000, 1_000, 350]);
    const versions = pages.flatMap(({ entries }) => entries.map(({ version }) => version));
    expect(versions).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(pages.every(({ intact }) => intact)).toBe(true);
  });

  it.each([
    ['a version', '900'],
    ['a time', recorded[3]?.time ?? ''],
  ])('keeps to %s in every page', async (_, asOf) => {
    const { entries: all } = (await (await trail(`?asOf=${asOf}`)).json()) as AuditTrail;
    const pages = await pagesFrom(`/v1/deployments/${id}/audit-trail?asOf=${asOf}&limit=${Math.ceil(all.length / 3)}`);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(({ entries }) => entries)).toEqual(all);
  });

  it('says of the plan the same in each page', async () => {
    const { entries: all } = (await (await trail('?limit=1000')).json()) as AuditTrail;
    const single = await pagesFrom(`/v1/deployments/${id}/audit-trail?asOf=${recorded.length}&limit=1`);
    expect(single.flatMap(({ entries }) => entries)).toEqual(all.slice(0, recorded.length));
  });

  it('comes as NDJSON and CSV as a whole, and in pages where that is asked for', async () => {
    const lines = async (response: Response) => (await response.text()).trimEnd().split(/\r?\n/);
    expect(await lines(await trail('', 'application/x-ndjson'))).toHaveLength(count);
    expect(await lines(await trail('', 'text/csv'))).toHaveLength(count + 1);
    const page = await trail('?limit=10', 'application/x-ndjson');
    expect(nextIn(page)).toContain('limit=10');
    expect(await lines(page)).toHaveLength(10);
    expect(await lines(await trail('?limit=10', 'text/csv'))).toHaveLength(11);
  });

  it.each(['limit=0', 'limit=1001', 'after=nonsense', 'after='])('has no page for %s', async (query) => {
    expect((await trail(`?${query}`)).status).toBe(400);
  });

  it('reads no more events at once than a page needs, and not the whole stream for a later page', async () => {
    const { stored } = api.platform.store;
    const first = await jsonOf(trail('?limit=10'));
    const read = stored.read.bind(stored);
    const sizes: number[] = [];
    stored.read = (async (...asked: Parameters<typeof read>) => {
      const events = await read(...asked);
      sizes.push(events.length);
      return events;
    }) as typeof stored.read;
    try {
      await trail(`?limit=10&after=${String(first['next'])}`);
      expect(sizes.reduce((sum, each) => sum + each, 0)).toBe(11);
      sizes.length = 0;
      await (await trail('', 'text/csv')).text();
      expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    } finally {
      stored.read = read;
    }
  });

  it('that was changed says so on the page of the change, and on each page when the first one saw it', async () => {
    const begun = await jsonOf(trail('?limit=1000'));
    await api.platform.pool.query(`UPDATE backstay.events SET time = '2026-01-01T00:00:00.000Z' WHERE id = $1`, [
      `${id}-filler-${1_500 - recorded.length}`,
    ]);
    expect(await jsonOf(trail(`?limit=1000&after=${String(begun['next'])}`))).toMatchObject({
      intact: false,
      firstBroken: { version: 1_501 },
    });
    const pages = await pagesFrom(`/v1/deployments/${id}/audit-trail`);
    expect(pages.map(({ firstBroken }) => firstBroken?.version)).toEqual([1_501, 1_501, 1_501]);
  });
});

describe('long measurements', () => {
  it('come in pages of ticks, which together are all of them', async () => {
    const path = `/v1/deployments/${id}/measurements`;
    type Page = { readonly metrics: readonly { readonly metric: string; readonly samples: readonly object[] }[] };
    const samplesOf = ({ metrics }: Page) => metrics.find(({ metric }) => metric === 'error-rate')?.samples ?? [];
    const all = samplesOf((await jsonOf(api.get(path))) as unknown as Page);
    const pages = (await pagesFrom(`${path}?limit=10`)) as unknown as Page[];
    expect(all).toHaveLength(25);
    expect(pages.map((page) => samplesOf(page).length)).toEqual([10, 10, 5]);
    expect(pages.flatMap(samplesOf)).toEqual(all);
  });
});
