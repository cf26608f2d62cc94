import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { projectBatch, Projector, type EventStore, type Projection } from '@backstay/event-sourcing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { eventually } from '@backstay/local-platform/testing';
import { migratedDatabase, type MigratedDatabase } from '../database.test-support.ts';
import { PostgresEventStore } from '../event-store/postgres-event-store.ts';
import { StaleProjector } from './stale-projector.ts';
import { repliesStatement, InvalidCursor, listStatement, rowsStatement } from './view-query.ts';
import { ViewStore } from './view-store.ts';

interface Score {
  readonly points: number;
}

/** Points by stream; a row ends with `Reset`. */
const scores = (name: string, factor = 1): Projection<Score> => ({
  name,
  keys: ({ stream }) => [stream],
  evolve: (body, event) =>
    event.type === 'Reset' ? null : { points: (body?.points ?? 0) + factor * (event.data as { n: number }).n },
});

describe('the view store', () => {
  let database: MigratedDatabase;
  let store: PostgresEventStore;
  let views: ViewStore;
  let counter = 0;
  let name: string;

  beforeAll(async () => {
    database = await migratedDatabase();
    store = new PostgresEventStore(database.pool);
    views = new ViewStore(database.pool);
  });
  afterAll(async () => {
    await store.close();
    await database.close();
  });
  beforeEach(() => {
    name = `view-${(counter += 1)}`;
  });

  async function happens(stream: string, ...decided: { type: string; data: unknown }[]) {
    const expectedVersion = (await store.read(stream)).length;
    const events = sealedEvents(stream, decided, { version: expectedVersion, hash: 'x' });
    await store.append({ stream, expectedVersion, commandId: `c${expectedVersion}`, events });
  }
  const scored = (n: number) => ({ type: 'Scored', data: { n } });

  /** Runs the projection until everything is folded. */
  async function settle(projection: Projection, sink = views.sink(projection.name)) {
    for (let after = await sink.checkpoint(); ;) {
      const batch = await store.readAll(after, 100);
      const last = batch.at(-1);
      if (last === undefined) return;
      await projectBatch(projection, sink, batch);
      after = last.cursor;
    }
  }

  const contents = async (projection: string) => {
    const { rows } = await views.list<Score>(projection, { limit: 1000 });
    return Object.fromEntries(rows.map(({ key, body }) => [key, body.points]));
  };

  it('has no rows and no checkpoint for a projection that never ran', async () => {
    expect(await views.get(name, 'any')).toBeNull();
    expect(await views.list(name)).toEqual({ rows: [], next: null });
    expect(await views.checkpoint(name)).toBeNull();
  });

  it('keeps what a projection folds, and forgets a row that is no more', async () => {
    await happens(`a-${name}`, scored(1), scored(2));
    await happens(`b-${name}`, scored(5));
    await settle(scores(name));
    expect((await views.get<Score>(name, `a-${name}`))?.body).toEqual({ points: 3 });
    await happens(`a-${name}`, { type: 'Reset', data: {} });
    await settle(scores(name));
    expect(await views.get(name, `a-${name}`)).toBeNull();
    expect((await views.get(name, `b-${name}`))?.body).toEqual({ points: 5 });
  });

  it('returns several rows at once, and leaves out what is not there', async () => {
    await happens(`a-${name}`, scored(1));
    await happens(`b-${name}`, scored(5));
    await settle(scores(name));
    const rows = await views.getAll<Score>(name, [`a-${name}`, `b-${name}`, 'nobody']);
    expect(new Map(rows.map(({ key, body }) => [key, body.points]))).toEqual(
      new Map([
        [`a-${name}`, 1],
        [`b-${name}`, 5],
      ]),
    );
    expect(await views.getAll(name, [])).toEqual([]);
  });

  it('lists rows whose key begins with a text, and takes no sign of it for another', async () => {
    const sink = views.sink(name);
    await sink.checkpoint();
    const keys = ['ab', 'abc', 'ab%', 'ab\u{10fffe}', 'aB', 'ac', 'b'];
    await sink.commit(
      keys.map((key) => ({ key, body: {} })),
      '1-1',
    );
    const begins = async (keyBegins: string) =>
      (await views.list(name, { keyBegins, order: 'asc' })).rows.map(({ key }) => key);
    expect(await begins('ab')).toEqual(['ab', 'ab%', 'abc', 'ab\u{10fffe}']);
    expect(await begins('ab%')).toEqual(['ab%']);
    expect(await begins('x')).toEqual([]);
  });

  it('finds what took others back by an index, among however many rows', async () => {
    const sink = views.sink(name);
    await sink.checkpoint();
    const rows = Array.from({ length: 2_000 }, (_, index) => ({
      key: `d${index}`,
      body: { status: 'succeeded', ...(index % 500 === 0 ? { of: `d${index + 1}` } : {}) },
    }));
    await sink.commit(rows, '1-1');
    await database.pool.query('ANALYZE backstay.view_rows');
    const { text, values } = listStatement(name, { where: { of: ['d1', 'd501', 'd2'] }, limit: 1000 });
    const plan = await database.pool.query(`EXPLAIN ${text}`, values);
    expect(JSON.stringify(plan.rows)).toContain('view_rows_of');
    expect((await views.list(name, { where: { of: ['d1', 'd501', 'd2'] } })).rows.map(({ key }) => key).sort()).toEqual(
      ['d0', 'd500'],
    );
  });

  it('finds rows by their keys alone, also before there are statistics', async () => {
    await database.pool.query('ALTER TABLE backstay.view_rows SET (autovacuum_enabled = false)');
    const sink = views.sink(name);
    await sink.commit(
      Array.from({ length: 2_000 }, (_, index) => ({ key: `d${index}`, body: { status: 'x', requestedAt: 'y' } })),
      '1-1',
    );
    const byKey = (keys: string[]) => repliesStatement(name, keys, null);
    for (const { text, values } of [rowsStatement(name, ['d1', 'd9']), byKey(['d1']), byKey(['d1', 'd9'])]) {
      const plan = await database.pool.query<Record<string, string>>(`EXPLAIN ${text}`, values);
      const lines = plan.rows.map((row) => row['QUERY PLAN'] ?? '').join('\n');
      expect(lines).toMatch(/view_rows_pkey[^]*Index Cond: .*key = /);
    }
    await database.pool.query('ALTER TABLE backstay.view_rows RESET (autovacuum_enabled)');
    expect((await views.getAll(name, ['d1', 'd9'])).map(({ key }) => key).sort()).toEqual(['d1', 'd9']);
  });

  it('lists by a field only rows that have it', async () => {
    const rows = [
      { key: 'a', body: { at: '1' } },
      { key: 'b', body: {} },
    ];
    await views.sink(name).commit(rows, '1-1');
    expect((await views.list(name, { sort: 'at' })).rows.map(({ key }) => key)).toEqual(['a']);
    expect((await views.list(name)).rows.map(({ key }) => key)).toEqual(['b', 'a']);
  });

  it('finds how a service went before by an index, the newest first', async () => {
    const procedures = 'procedure-history';
    const rows = Array.from({ length: 2_000 }, (_, index) => ({
      key: `p${index}`,
      body: { service: `s${index % 50}`, at: `2026-01-01T00:00:00.${String(index).padStart(4, '0')}Z` },
    }));
    await views.sink(procedures).commit(rows, '1-1');
    await database.pool.query('ANALYZE backstay.view_rows');
    const query = { where: { service: 's7' }, sort: 'at', limit: 1000 };
    const { text, values } = listStatement(procedures, query);
    const plan = JSON.stringify((await database.pool.query(`EXPLAIN ${text}`, values)).rows);
    expect(plan).toContain('view_rows_procedures');
    expect((await views.list(procedures, query)).rows.map(({ key }) => key).slice(0, 2)).toEqual(['p1957', 'p1907']);
  });

  it('returns a row that is complete as its text, without what only the projection reads', async () => {
    const complete = { at: '2', n: 1.5, fold: { complete: true, secret: 'x' } };
    const incomplete = { at: '1', fold: { complete: false } };
    const rows = [
      { key: 'a', body: complete },
      { key: 'b', body: incomplete },
      { key: 'c', body: { at: '0' } },
    ];
    await views.sink(name).commit(rows, '1-1');
    const full = { key: 'a', text: '{"n": 1.5, "at": "2"}' };
    expect(await views.reply(name, 'a', 'at')).toMatchObject({ ...full, tag: '2' });
    expect(await views.reply(name, 'b', 'at')).toMatchObject({ key: 'b', text: null, body: incomplete });
    expect(await views.reply(name, 'nobody')).toBeNull();
    expect(await views.repliesOf(name, ['a', 'b', 'nobody'], 'at')).toHaveLength(2);
    const page = await views.replies(name, { sort: 'at', limit: 2 });
    expect(page.rows).toMatchObject([full, { key: 'b', text: null, body: incomplete }]);
    const { rows: rest } = await views.replies(name, { sort: 'at', limit: 2, cursor: page.next! });
    expect(rest).toMatchObject([{ key: 'c', text: null, body: { at: '0' } }]);
  });

  it('prepares a list once for all that ask alike', () => {
    const asked = (service: string, cursor?: string) => listStatement(name, { where: { service }, sort: 'at', cursor });
    expect(asked('a').name).toBeDefined();
    expect(asked('a').name).toBe(asked('b').name);
    expect(asked('a').name).not.toBe(asked('a', 'WyJhIiwiYiJd').name);
  });

  it('changes rows and checkpoint together or not at all', async () => {
    const sink = views.sink(name);
    await sink.checkpoint();
    await sink.commit([{ key: 'a', body: { ok: true } }], '1-1');
    const unwritable = [
      { key: 'b', body: {} },
      { key: 'c\u0000', body: {} },
    ];
    await expect(sink.commit(unwritable, '1-2')).rejects.toThrow('invalid byte sequence');
    expect(await views.checkpoint(name)).toBe('1-1');
    expect(await views.get(name, 'b')).toBeNull();
    await sink.commit([{ key: 'b', body: {} }], '1-2');
    expect(await views.get(name, 'b')).toEqual({ key: 'b', body: {}, cursor: '1-2' });
  });

  it('lets one of two projectors go on and refuses the other as stale', async () => {
    const [first, second] = [views.sink(name), views.sink(name)];
    await Promise.all([first.checkpoint(), second.checkpoint()]);
    await first.commit([{ key: 'k', body: { by: 'first' } }], '1-1');
    await expect(second.commit([{ key: 'k', body: { by: 'second' } }], '1-9')).rejects.toBeInstanceOf(StaleProjector);
    expect((await views.get(name, 'k'))?.body).toEqual({ by: 'first' });
    expect(await second.checkpoint()).toBe('1-1');
    await second.commit([{ key: 'k', body: { by: 'second' } }], '1-9');
    expect((await views.get(name, 'k'))?.body).toEqual({ by: 'second' });
  });

  it('takes a commit whose reply got lost for done when it is repeated', async () => {
    const [first, repeated] = [views.sink(name), views.sink(name)];
    await Promise.all([first.checkpoint(), repeated.checkpoint()]);
    await first.commit([{ key: 'k', body: 1 }], '1-1');
    await repeated.commit([{ key: 'k', body: 1 }], '1-1');
    expect((await views.get(name, 'k'))?.body).toBe(1);
  });

  it('moves several projections with their rows together or not at all', async () => {
    const [a, b] = [`${name}-a`, `${name}-b`];
    const [both, other] = [views.sinkOf([a, b]), views.sinkOf([a, b])];
    expect(await both.checkpoints()).toEqual(
      new Map([
        [a, null],
        [b, null],
      ]),
    );
    await other.checkpoints();
    const rows = [a, b].map((projection) => ({ projection, key: 'k', body: { of: projection } }));
    await both.commit(rows, '1-1');
    expect((await views.get(b, 'k'))?.body).toEqual({ of: b });
    expect(await both.load([a, b].map((projection) => ({ projection, key: 'k' })))).toHaveLength(2);
    const changed = rows.map((row) => ({ ...row, body: null }));
    await expect(other.commit(changed, '1-2')).rejects.toBeInstanceOf(StaleProjector);
    await views.sink(a).commit([], '1-2');
    await expect(both.commit(changed, '1-3')).rejects.toBeInstanceOf(StaleProjector);
    expect((await views.get(b, 'k'))?.body).toEqual({ of: b });
    await both.checkpoints();
    await both.commit(changed, '1-3');
    expect(await views.get(a, 'k')).toBeNull();
    expect([await views.checkpoint(a), await views.checkpoint(b)]).toEqual(['1-3', '1-3']);
  });

  it('shows text that the database cannot hold with a replacement character', async () => {
    const sink = views.sink(name);
    await sink.commit(
      [
        {
          key: 'k',
          body: { nul: 'a\u0000\u0000b', half: '\ud83d!', full: '🐎', backslashes: '\\u0000', both: '\\\u0000' },
        },
      ],
      '1-1',
    );
    expect((await views.get(name, 'k'))?.body).toEqual({
      nul: 'a\ufffd\ufffdb',
      half: '\ufffd!',
      full: '🐎',
      backslashes: '\\u0000',
      both: '\\\ufffd',
    });
  });

  describe('lists', () => {
    const at = (day: number) => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
    const bodies = Array.from({ length: 12 }, (_, i) => ({
      service: i % 2 ? 'orders' : 'billing',
      environment: 'production',
      status: i % 3 ? 'succeeded' : 'failed',
      requestedAt: at(1 + Math.floor(i / 2)),
      urgent: i === 4,
      ...(i === 5 ? { reason: 'because' } : {}),
    }));
    const keys = (page: { rows: readonly { key: string }[] }) => page.rows.map(({ key }) => key);
    const listed = 'listed';
    const key = (i: number) => `d${String(i).padStart(2, '0')}`;

    beforeAll(async () => {
      await views.sink(listed).commit(
        bodies.map((body, i) => ({ key: key(i), body })),
        '1-1',
      );
    });

    it('page through everything by a field, newest first, without gap or repetition', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await views.list(listed, { sort: 'requestedAt', limit: 5, cursor });
        seen.push(...keys(page));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(bodies.map((_, i) => key(i)).reverse());
    });

    it('can begin with the oldest, or go by key', async () => {
      expect(keys(await views.list(listed, { sort: 'requestedAt', order: 'asc', limit: 3 }))).toEqual([
        'd00',
        'd01',
        'd02',
      ]);
      const first = await views.list(listed, { order: 'asc', limit: 2 });
      expect(keys(first)).toEqual(['d00', 'd01']);
      expect(keys(await views.list(listed, { order: 'asc', limit: 2, cursor: first.next! }))).toEqual(['d02', 'd03']);
    });

    it('filter by equality, by one of several values, by absence, and by a range', async () => {
      const where = { service: 'orders', environment: 'production', status: undefined };
      expect(keys(await views.list(listed, { where, order: 'asc' }))).toEqual([
        'd01',
        'd03',
        'd05',
        'd07',
        'd09',
        'd11',
      ]);
      expect(keys(await views.list(listed, { where: { urgent: true } }))).toEqual(['d04']);
      expect(keys(await views.list(listed, { where: { status: ['failed', 'halted'] }, order: 'asc' }))).toEqual([
        'd00',
        'd03',
        'd06',
        'd09',
      ]);
      expect((await views.list(listed, { where: { reason: null } })).rows).toHaveLength(11);
      const range = { field: 'requestedAt', since: at(2), until: at(3) };
      expect(keys(await views.list(listed, { range, order: 'asc' }))).toEqual(['d02', 'd03', 'd04', 'd05']);
    });

    it('refuse a cursor of something else, and a field that none can be', async () => {
      await expect(views.list(listed, { cursor: 'nonsense' })).rejects.toBeInstanceOf(InvalidCursor);
      await expect(views.list(listed, { where: { "a' OR 1=1 --": 1 } })).rejects.toBeInstanceOf(TypeError);
    });
  });

  describe('rebuilds', () => {
    it('a projection that never ran', async () => {
      await happens(`a-${name}`, scored(4));
      await views.rebuild(scores(name), store);
      expect(await contents(name)).toMatchObject({ [`a-${name}`]: 4 });
      await settle(scores(name));
      expect(await contents(name)).toMatchObject({ [`a-${name}`]: 4 });
    });

    it('to equal content while the old rows are served and the projector goes on', async () => {
      for (let i = 0; i < 30; i += 1) await happens(`r${i % 7}-${name}`, scored(i));
      const projection = scores(name);
      await settle(projection);
      const before = await contents(name);
      const stop = new AbortController();
      const live = keepProjecting(projection, stop.signal);
      const served: boolean[] = [];
      const watched = watchedStore(async () => served.push((await views.get(name, `r0-${name}`)) !== null));
      await views.rebuild(projection, watched, { batchSize: 5 });
      expect(await contents(name)).toEqual(before);
      await happens(`r0-${name}`, scored(1000));
      await eventually(async () => (await contents(name))[`r0-${name}`] === (before[`r0-${name}`] ?? 0) + 1000);
      stop.abort();
      await live;
      expect(served.length).toBeGreaterThan(5);
      expect(served.every(Boolean)).toBe(true);
    });

    it('with a changed fold, and leaves nothing of the old generation', async () => {
      await happens(`a-${name}`, scored(3));
      await settle(scores(name));
      await views.rebuild(scores(name, 10), store);
      expect(await contents(name)).toMatchObject({ [`a-${name}`]: 30 });
      const { rows } = await database.pool.query(
        'SELECT DISTINCT generation FROM backstay.view_rows WHERE projection = $1',
        [name],
      );
      expect(rows).toHaveLength(1);
    });

    it('not at all when they are ended, and the old generation serves on', async () => {
      await happens(`a-${name}`, scored(3));
      await settle(scores(name));
      const before = await contents(name);
      await expect(views.rebuild(scores(name, 10), store, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
      expect(await contents(name)).toEqual(before);
    });

    /** A projector as services run it: a stale one begins again. */
    async function keepProjecting(projection: Projection, signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const projector = new Projector([projection], {
          store,
          subscribe: (options) => store.subscribe(options),
          sink: views.sinkOf([projection.name]),
          pause: (milliseconds, ended) => pause(milliseconds, undefined, { signal: ended }).catch(() => undefined),
          elapsedMs: () => performance.now(),
        });
        await projector.run(signal).catch((error: unknown) => {
          if (!(error instanceof StaleProjector)) throw error;
        });
      }
    }

    const watchedStore = (look: () => Promise<unknown>): Pick<EventStore, 'readAll'> => ({
      readAll: async (after, limit) => {
        await look();
        return store.readAll(after, limit);
      },
    });
  });

  it('begins with the first event again after a drop', async () => {
    await happens(`a-${name}`, scored(2));
    const sink = views.sink(name);
    await settle(scores(name), sink);
    await views.drop(name);
    expect(await contents(name)).toEqual({});
    await expect(sink.commit([], '9-9')).rejects.toBeInstanceOf(StaleProjector);
    await settle(scores(name));
    expect(await contents(name)).toMatchObject({ [`a-${name}`]: 2 });
  });
});
