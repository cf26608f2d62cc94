import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@backstay/local-platform/testing';
import { connect, type ConnectOptions, type Pool } from './connect.ts';
import { migratedDatabase, type MigratedDatabase } from './database.test-support.ts';
import { WriteProbe } from './write-probe.ts';

let database: MigratedDatabase;
const pools: Pool[] = [];
beforeAll(async () => (database = await migratedDatabase()));
afterAll(async () => {
  await Promise.all(pools.map((each) => each.end()));
  await database.close();
});

function pool(options: Partial<ConnectOptions> = {}): Pool {
  const opened = connect({ url: database.url, max: 1, ...options });
  pools.push(opened);
  return opened;
}

/** Sessions that begin with these settings. */
const withSettings = (settings: string): string => {
  const url = new URL(database.url);
  url.searchParams.set('options', settings);
  return url.href;
};

const pages = async (): Promise<number> => {
  const sql = "SELECT pg_relation_size('backstay.write_probe') / 8192 AS pages";
  return Number((await database.pool.query<{ pages: string }>(sql)).rows[0]?.pages);
};

describe('the probe of what can be written', () => {
  it('finds nothing where events can be written, and leaves nothing behind', async () => {
    expect(await new WriteProbe(pool()).problem()).toBeNull();
    const { rows } = await database.pool.query(
      'SELECT (SELECT count(*)::int FROM backstay.events) AS events, (SELECT count(*)::int FROM backstay.write_probe) AS pages',
    );
    expect(rows).toEqual([{ events: 0, pages: 0 }]);
  });

  it('really fills a page each time', async () => {
    const before = await pages();
    await new WriteProbe(pool()).problem();
    expect(await pages()).toBe(before + 1);
  });

  it('finds a database that is read-only', async () => {
    const readOnly = pool({ url: withSettings('-c default_transaction_read_only=on') });
    expect(await new WriteProbe(readOnly).problem()).toBe('PostgreSQL is read-only');
  });

  it('finds a role that may not write events, though it may write all else', async () => {
    const role = `reader_${database.url.slice(-12)}`;
    await database.pool.query(`
      CREATE ROLE ${role};
      GRANT USAGE ON SCHEMA backstay TO ${role};
      GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA backstay TO ${role};
      REVOKE INSERT ON backstay.events FROM ${role}`);
    const probe = new WriteProbe(pool({ url: withSettings(`-c role=${role}`) }), { keepMs: 0 });
    expect(await probe.problem()).toBe('PostgreSQL does not permit this service to write events');
    await database.pool.query(`GRANT INSERT ON backstay.events TO ${role}`);
    expect(await probe.problem()).toBeNull();
    await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('finds a disk without space left', async () => {
    await database.pool.query(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON backstay.write_probe FOR EACH ROW EXECUTE FUNCTION full_disk()`);
    try {
      expect(await new WriteProbe(pool()).problem()).toBe('PostgreSQL has no space left on its disk');
    } finally {
      await database.pool.query('DROP FUNCTION full_disk CASCADE');
    }
    expect(await new WriteProbe(pool()).problem()).toBeNull();
  });

  it('finds no reply where nothing listens, and names no host', async () => {
    const away = pool({ url: 'postgres://127.0.0.1:1/none' });
    expect(await new WriteProbe(away).problem()).toBe('PostgreSQL does not respond');
  });

  it('does not wait for a database that is slow, and does not ask again until it has responded', async () => {
    const one = pool();
    const client = await one.connect();
    const probe = new WriteProbe(one, { withinMs: 20 });
    expect(await probe.problem()).toBe('PostgreSQL does not respond');
    expect(await probe.problem()).toBe('PostgreSQL does not respond');
    expect(one.waitingCount).toBe(1);
    client.release();
    await eventually(async () => (await probe.problem()) === null, 'no problem');
  });

  it('asks once for all who ask at the same time, and soon after', async () => {
    const before = await pages();
    const probe = new WriteProbe(pool(), { keepMs: 60_000 });
    await Promise.all([probe.problem(), probe.problem(), probe.problem()]);
    await probe.problem();
    expect(await pages()).toBe(before + 1);
  });
});
