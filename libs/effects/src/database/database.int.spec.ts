import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { until } from '../commands/commands.test-support.ts';
import type { Backup } from './index.ts';
import { backup, BackupFailed, DatabaseUnreachable, restore, RestoreFailed } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstay-backup-'));
let url = '';
let client: pg.Client;
let made: Backup;

const waiting = `select 1 from pg_locks where relation = 'orders'::regclass and not granted`;
const rows = async (sql: string): Promise<unknown[]> => (await client.query(sql)).rows;

beforeAll(async () => {
  url = (await testDatabase()).url;
  client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create table orders (id int primary key, note text); insert into orders select n, 'order ' || n from generate_series(1, 500) n;
    create schema billing; create table billing.invoices (id int primary key)`);
});
afterAll(async () => {
  await client.end();
  await stopTestParts();
  rmSync(folder, { recursive: true, force: true });
});

describe('a backup', () => {
  const into = join(folder, 'backups', 'orders.dump');

  it('is a file that was read back, with its size, hash and versions', async () => {
    made = await backup({ url, into });
    const bytes = readFileSync(into);
    expect(made).toMatchObject({
      path: into,
      tables: 2,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(made.database).toBe(new URL(url).pathname.slice(1));
    expect(Number.parseInt(made.toolVersion, 10)).toBeGreaterThanOrEqual(Number.parseInt(made.serverVersion, 10));
    expect(statSync(into).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'backups')).sort()).toEqual(['orders.dump', 'orders.dump.json']);
  });

  it('is made once', async () => {
    expect(await backup({ url, into })).toEqual(made);
  });

  it('is made again when its file was damaged, and tidies up after an interrupted one', async () => {
    const damaged = join(folder, 'damaged.dump');
    const first = await backup({ url, into: damaged });
    appendFileSync(damaged, 'x');
    writeFileSync(`${damaged}.1.draft`, 'half');
    expect((await backup({ url, into: damaged })).takenAt).not.toBe(first.takenAt);
    expect(readdirSync(folder).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  it('of a database that is not there is refused, without telling the password', async () => {
    const missing = new URL(url);
    missing.pathname = '/no_such_database';
    missing.password = 's3cr3t';
    const failure = backup({ url: missing.href, into: join(folder, 'missing.dump') });
    await expect(failure).rejects.toThrow(DatabaseUnreachable);
    expect(await failure.catch((error: Error) => error.message)).not.toContain('s3cr3t');
    expect(readdirSync(folder)).not.toContain('missing.dump');
  });

  it('that is interrupted leaves no file', async () => {
    await client.query('begin; lock table orders in access exclusive mode');
    const abort = new AbortController();
    const running = backup({ url, into: join(folder, 'locked.dump'), signal: abort.signal });
    await until(async () => (await rows(waiting)).length > 0, 'the dump that waits for the table');
    abort.abort(new Error('the deadline is over'));
    await expect(running).rejects.toThrow('the deadline is over');
    await client.query('rollback');
    expect(readdirSync(folder).filter((name) => name.startsWith('locked'))).toEqual([]);
  });

  it('fails where the server refuses to be read', async () => {
    await client.query(`create role reader login password 'r3ad3r'; grant usage on schema billing to reader`);
    const reader = new URL(url);
    reader.username = 'reader';
    reader.password = 'r3ad3r';
    const failure = backup({ url: reader.href, into: join(folder, 'refused.dump') });
    await expect(failure).rejects.toThrow(BackupFailed);
    await expect(failure).rejects.toThrow('permission denied');
    await client.query('drop owned by reader; drop role reader');
  });
});

describe('a restore', () => {
  it('puts the database back and tells which tables the backup does not know', async () => {
    await client.query(
      `delete from orders where id > 3; alter table orders add column later text; create table coupons (id int)`,
    );
    const restored = await restore({ url, from: made });
    expect(restored).toMatchObject({ tables: 2, leftBehind: ['public.coupons'] });
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 500 }]);
    expect(
      await rows(`select 1 from information_schema.columns where table_name = 'orders' and column_name = 'later'`),
    ).toEqual([]);
  });

  it('that cannot be done whole changes nothing', async () => {
    await client.query(`delete from orders where id > 3; create table lines (order_id int references orders)`);
    await expect(restore({ url, from: made })).rejects.toThrow(RestoreFailed);
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 3 }]);
    await client.query('drop table lines');
  });

  it('that waits for a table in use is given up at its deadline, and lets go of it', async () => {
    await client.query('begin; lock table orders in access share mode');
    const restoring = restore({ url, from: made, timeoutMs: 1_500 });
    await expect(restoring).rejects.toThrow('it did not end within 1500 ms');
    await until(async () => (await rows(waiting)).length === 0, 'the end of its session');
    await client.query('rollback');
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 3 }]);
  });

  it('of another file than was recorded is refused', async () => {
    await expect(restore({ url, from: { ...made, sha256: '0' } })).rejects.toThrow('its hash differs');
    await expect(restore({ url, from: { ...made, path: join(folder, 'gone') } })).rejects.toThrow('is not there');
  });
});
