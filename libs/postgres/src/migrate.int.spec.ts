import { afterAll, describe, expect, it } from 'vitest';
import { eventually, stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { connect, type Queryable } from './connect.ts';
import { PostgresEventStore } from './event-store/postgres-event-store.ts';
import { migrate } from './migrate.ts';
import { ViewStore } from './views/view-store.ts';

describe('migrations', () => {
  afterAll(() => stopTestParts());

  it('run once, the second time there is nothing left to do', async () => {
    const { url } = await testDatabase();
    const ran = await migrate(url);
    expect(ran).toContain('0001_backstay');
    expect(await migrate(url)).toEqual([]);
  });

  it('run once when several processes start at the same time', async () => {
    const { url } = await testDatabase();
    const ran = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  });

  it('build an index on the events while others append, also after a build that broke off', async () => {
    const pool = connect({ url: (await testDatabase()).url });
    const writer = connect({ url: pool.options.connectionString! });
    const isValid = async () =>
      (
        await pool.query<{ valid: boolean }>(`SELECT indisvalid AS valid FROM pg_index
        WHERE indexrelid = to_regclass('backstay.events_correlated')`)
      ).rows[0]?.valid;
    try {
      await migrate(pool);
      expect(await isValid()).toBe(true);
      await pool.query(`UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = 'backstay.events_correlated'::regclass`);
      const open = await writer.connect();
      await open.query('BEGIN');
      await insertEvent(open, 1);
      const migrating = Promise.all([migrate(pool), migrate(pool)]);
      // The build waits for the open transaction; whoever comes behind it must not wait for the build.
      await eventually(async () => (await waitingBuilds(pool)) > 0);
      await insertEvent(pool, 2);
      await open.query('COMMIT');
      open.release();
      await migrating;
      expect(await isValid()).toBe(true);
    } finally {
      await writer.end();
      await pool.end();
    }
  });

  it('leave the pool they were given open, and its connections as they were', async () => {
    const pool = connect({ url: (await testDatabase()).url });
    try {
      await migrate(pool);
      const { rows } = await pool.query<{ timeout: string }>(`SELECT current_setting('statement_timeout') AS timeout`);
      expect(rows[0]?.timeout).toBe('30s');
    } finally {
      await pool.end();
    }
  });

  it('give events from another cluster’s dump an order that readers see, and have views begin anew', async () => {
    const pool = connect({ url: (await testDatabase()).url });
    const store = new PostgresEventStore(pool);
    const views = new ViewStore(pool);
    try {
      await migrate(pool);
      const decided = [1, 2, 3].map((n) => ({ type: 'CounterMoved', data: { n } }));
      await store.append({ stream: 's', expectedVersion: 0, commandId: 'c', events: sealedEvents('s', decided) });
      await views.sink('v').commit([{ key: 'k', body: {} }], '900000000-3');
      await pool.query(`UPDATE backstay.events SET tx = '900000000'`);
      expect(await store.readAll(null, 10)).toEqual([]);
      await migrate(pool);
      expect((await store.readAll(null, 10)).map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(await views.checkpoint('v')).toBeNull();
      expect(await views.get('v', 'k')).toBeNull();
    } finally {
      await store.close();
      await pool.end();
    }
  });
});

async function insertEvent(client: Queryable, version: number): Promise<void> {
  await client.query(
    `INSERT INTO backstay.events (stream, version, id, type, data, time, actor, correlation, hash)
     VALUES ('s', $1, $2, 'Counted', '{}', '', '{}', 's', '')`,
    [version, `id-${version}`],
  );
}

async function waitingBuilds(client: Queryable): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`
    SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'
      AND pid <> pg_backend_pid()`);
  return rows[0]?.n ?? 0;
}
