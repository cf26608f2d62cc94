import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VersionConflict, type RecordedEvent } from '@backstay/event-sourcing';
import { eventStoreContract, sealedEvents } from '@backstay/event-sourcing/testing';
import { eventually } from '@backstay/local-platform/testing';
import { migratedDatabase, type MigratedDatabase } from '../database.test-support.ts';
import { inTransaction } from '../transaction.ts';
import { correlatedStatement, PostgresEventStore } from './postgres-event-store.ts';

eventStoreContract('the event store on PostgreSQL', async () => {
  const database = await migratedDatabase();
  const store = new PostgresEventStore(database.pool);
  const close = async () => {
    await store.close();
    await database.close();
  };
  return { store, close };
});

describe('the event store on PostgreSQL', () => {
  let database: MigratedDatabase;
  let store: PostgresEventStore;

  beforeAll(async () => {
    database = await migratedDatabase();
    store = new PostgresEventStore(database.pool);
  });
  afterAll(async () => {
    await store.close();
    await database.close();
  });

  const moved = (n: number) => ({ type: 'CounterMoved', data: { n } });
  const one = (stream: string, commandId = 'first') => ({
    stream,
    expectedVersion: 0,
    commandId,
    events: sealedEvents(stream, [moved(1)]),
  });

  it('returns to a repeated command the version of its own last event', async () => {
    const events = sealedEvents('repeated', [moved(1), moved(2)]);
    await store.append({ stream: 'repeated', expectedVersion: 0, commandId: 'a', events });
    const later = sealedEvents('repeated', [moved(3)], { version: 2, hash: 'x' });
    await store.append({ stream: 'repeated', expectedVersion: 2, commandId: 'b', events: later });
    expect(await store.append({ stream: 'repeated', expectedVersion: 0, commandId: 'a', events })).toEqual({
      version: 2,
      duplicate: true,
    });
    const decidedAnew = sealedEvents('repeated', [moved(9)], { version: 3, hash: 'y' });
    expect(await store.append({ stream: 'repeated', expectedVersion: 3, commandId: 'a', events: decidedAnew })).toEqual(
      { version: 2, duplicate: true },
    );
  });

  it('takes an append of nothing as a question about the version', async () => {
    await store.append(one('quiet'));
    expect(await store.append({ stream: 'quiet', expectedVersion: 1, commandId: 'nothing', events: [] })).toEqual({
      version: 1,
      duplicate: false,
    });
    expect(await store.append({ stream: 'quiet', expectedVersion: 1, commandId: 'first', events: [] })).toEqual({
      version: 1,
      duplicate: true,
    });
    await expect(
      store.append({ stream: 'quiet', expectedVersion: 0, commandId: 'nothing', events: [] }),
    ).rejects.toBeInstanceOf(VersionConflict);
    expect(await store.read('quiet')).toHaveLength(1);
  });

  it('lets one writer’s conflict touch nobody else, however appends are grouped', async () => {
    await store.append(one('contested', 'earlier'));
    const appends = Array.from({ length: 40 }, (_, i) => one(i % 4 === 0 ? 'contested' : `own-${i}`, `c${i}`));
    const results = await Promise.allSettled(appends.map((append) => store.append(append)));
    const lost = results.flatMap((result, i) => (result.status === 'rejected' ? [i] : []));
    expect(lost).toEqual(appends.flatMap((append, i) => (append.stream === 'contested' ? [i] : [])));
  });

  it('refuses an event id that was used before, as a fault and not as a conflict', async () => {
    const append = one('original');
    await store.append(append);
    const forged = {
      ...one('forged'),
      events: one('forged').events.map((event) => ({ ...event, id: append.events[0]?.id ?? '' })),
    };
    await expect(store.append(forged)).rejects.toMatchObject({ code: '23505' });
  });

  it('refuses events that were sealed for another place', async () => {
    await expect(store.append({ ...one('here'), stream: 'there' })).rejects.toThrow('sealed for here@1');
    await expect(store.append({ ...one('here'), expectedVersion: 4 })).rejects.toThrow('sealed for here@1');
  });

  it('keeps any text that JSON can hold', async () => {
    const data = { nul: 'a\u0000b', surrogate: '\ud800', quotes: `'"\\{},NULL`, empty: '' };
    await store.append({
      stream: 'texts',
      expectedVersion: 0,
      commandId: 'c',
      events: sealedEvents('texts', [{ type: 'Said', data }]),
    });
    expect((await store.read('texts'))[0]?.data).toEqual(data);
  });

  it('finds the events of one correlation by its two indexes, never by the global log', async () => {
    await inTransaction(database.pool, async (client) => {
      await client.query('SET LOCAL enable_seqscan = off');
      const { text, values } = correlatedStatement('d-1', null, 100);
      const { rows } = await client.query<Record<string, string>>(`EXPLAIN ${text}`, values);
      const plan = rows.map((row) => row['QUERY PLAN'] ?? '').join('\n');
      expect(plan).toMatch(/events_streams_of_id[^]*Index Cond: \(substr/);
      expect(plan).toMatch(/events_correlated[^]*Index Cond: .*correlation = /);
    });
  });

  it('refuses a cursor that is not its own', async () => {
    await expect(store.readAll('C:12-P:12', 10)).rejects.toThrow('not a cursor of this event store');
  });

  it('loses a subscriber nothing while sixteen writers commit and one transaction is slow', async () => {
    const { pool } = database;
    const writers = Array.from({ length: 16 }, () => new PostgresEventStore(pool));
    const stop = new AbortController();
    const seen: RecordedEvent[] = [];
    const after = (await store.readAll(null, 100_000)).at(-1)?.cursor ?? null;
    const reading = (async () => {
      for await (const batch of store.subscribe({ after, signal: stop.signal, batchSize: 50 })) seen.push(...batch);
    })();
    try {
      // The slow one takes its place in the order first, and commits when everybody else is done.
      await inTransaction(pool, async (slow) => {
        await slow.query(
          `INSERT INTO backstay.events (stream, version, id, type, data, time, actor, correlation, hash)
           VALUES ('slow', 1, 'slow-1', 'CounterMoved', '{}', '', '{}', 'slow', '')`,
        );
        await Promise.all(
          writers.map(async (writer, w) => {
            for (let n = 0; n < 25; n += 1) {
              const stream = `many-${w}`;
              const events = sealedEvents(stream, [moved(n)], { version: n, hash: 'x' });
              await writer.append({ stream, expectedVersion: n, commandId: `c${n}`, events });
            }
          }),
        );
        expect(seen).toEqual([]);
        const lag = await store.lag();
        const { rows } = await slow.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        expect(lag).toMatchObject({
          hiddenEvents: 400,
          blockingPid: rows[0]?.pid,
          blocker: { applicationName: 'backstay' },
        });
        expect(lag.seconds).toBeGreaterThan(0);
      });
      await eventually(() => seen.length >= 401);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(401);
      for (let w = 0; w < 16; w += 1) {
        expect(seen.filter(({ stream }) => stream === `many-${w}`).map(({ version }) => version)).toEqual(
          Array.from({ length: 25 }, (_, i) => i + 1),
        );
      }
      expect(await store.lag()).toEqual({ hiddenEvents: 0, seconds: 0 });
    } finally {
      stop.abort();
      await reading;
      await Promise.all(writers.map((writer) => writer.close()));
    }
  });

  it('wakes a subscriber of another process', async () => {
    const patient = new PostgresEventStore(database.connect({ applicationName: 'patient' }), { pollMs: 600_000 });
    const stop = new AbortController();
    const after = (await store.readAll(null, 100_000)).at(-1)?.cursor ?? null;
    const seen: RecordedEvent[] = [];
    const reading = (async () => {
      for await (const batch of patient.subscribe({ after, signal: stop.signal })) seen.push(...batch);
    })();
    try {
      await eventually(() => listens('patient'));
      for (let n = 0; n < 3; n += 1) {
        await store.append({
          stream: 'far',
          expectedVersion: n,
          commandId: `c${n}`,
          events: sealedEvents('far', [moved(n)], { version: n, hash: 'x' }),
        });
        await eventually(() => seen.length > n);
      }
    } finally {
      stop.abort();
      await reading;
      await patient.close();
    }
  });

  const listens = async (applicationName: string) => {
    const sql = `SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN %' AND state = 'idle'`;
    return (await database.pool.query(sql, [applicationName])).rowCount === 1;
  };
});
