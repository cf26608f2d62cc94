import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { success } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

let api: TestApi;
const trail = (id: string, query = '', headers?: Record<string, string>) =>
  api.get(`/v1/deployments/${id}/audit-trail${query}`, headers);
const page = async (path: string) => (await api.get(path)).text();
let second = 0;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api?.close());

/** A deployment of its own for each test, whose row is changed behind the platform's back. */
async function recorded(id: string): Promise<string> {
  await api.record(success({ id, second: (second += 1_000) }).events);
  return id;
}

async function changeRow(id: string, version: number, assignment: string): Promise<void> {
  const sql = `UPDATE backstay.events SET ${assignment} WHERE stream = $1 AND version = $2`;
  const { rowCount } = await api.platform.pool.query(sql, [`deployment-${id}`, version]);
  expect(rowCount).toBe(1);
}

describe('an audit trail that nobody touched', () => {
  beforeAll(() => recorded('untouched'));

  it('is reported as intact', async () => {
    expect(await jsonOf(trail('untouched'))).toMatchObject({ intact: true, firstBroken: null });
  });

  it.each(['application/json', 'application/x-ndjson', 'text/csv'])('says so in a header as %s', async (accept) => {
    expect((await trail('untouched', '', { accept })).headers.get('backstay-audit-intact')).toBe('true');
  });

  it('is intact on the page', async () => {
    const text = await page('/d/untouched');
    expect(text).toContain('audit intact');
    expect(text).not.toContain('audit not intact');
  });

  it('stays intact when a person goes on with it', async () => {
    await api.post('/v1/deployments/untouched/rollback', { reason: 'looked at it' });
    expect(await jsonOf(trail('untouched'))).toMatchObject({ intact: true });
  });
});

describe('an audit trail that was changed in the database', () => {
  it.each([
    ['its data', `data = replace(data, '{', '{"added":true,')`],
    ['its time', `time = '2026-01-01T00:00:00.000Z'`],
    ['who did it', `actor = '{"kind":"person","name":"somebody"}'`],
    ['its cause', `causation = 'another'`],
    ['its hash', `hash = repeat('0', 64)`],
  ])('is reported from the event on of which %s is another', async (what, assignment) => {
    const id = await recorded(`changed-${what.replaceAll(' ', '-')}`);
    await changeRow(id, 3, assignment);
    expect(await jsonOf(trail(id))).toMatchObject({
      intact: false,
      firstBroken: { version: 3, eventId: `${id}-e3` },
    });
  });

  const everyEvent = success({ id: 'any' }).events.map(({ version, type }) => [version, type] as const);

  it.each(everyEvent)('is reported when event %i, %s, no longer holds anything', async (version) => {
    const id = await recorded(`emptied-${version}`);
    await changeRow(id, version, `data = '{"emptied":true}'`);
    expect(await jsonOf(trail(id))).toMatchObject({ intact: false, firstBroken: { version } });
    expect(await page(`/d/${id}`)).toContain('<p class="alarm" role="alert">');
  });

  it('is reported from the event on before which one is missing', async () => {
    const id = await recorded('cut');
    const sql = 'DELETE FROM backstay.events WHERE stream = $1 AND version = 3';
    await api.platform.pool.query(sql, [`deployment-${id}`]);
    expect(await jsonOf(trail(id))).toMatchObject({ intact: false, firstBroken: { version: 4 } });
  });

  describe('is reported', () => {
    const id = 'tampered';

    beforeAll(async () => {
      await recorded(id);
      await changeRow(id, 4, `time = '2026-01-01T00:00:00.000Z'`);
    });

    it('also to whoever looks at a moment before it', async () => {
      const earlier = await jsonOf(trail(id, '?asOf=2'));
      expect(earlier).toMatchObject({ intact: false, firstBroken: { version: 4 } });
      expect(earlier['entries']).toHaveLength(2);
    });

    it.each(['application/x-ndjson', 'text/csv'])('in a header as %s', async (accept) => {
      expect((await trail(id, '', { accept })).headers.get('backstay-audit-intact')).toBe('false');
    });

    it.each([`/d/${id}`, `/d/${id}?asOf=2`])('loudly on the page %s', async (path) => {
      const text = await page(path);
      expect(text).toMatch(/<p class="alarm" role="alert">.*audit not intact.*<a href="#tampered-e4">4<\/a>/);
      expect(text).not.toContain('audit intact');
    });
  });
});
