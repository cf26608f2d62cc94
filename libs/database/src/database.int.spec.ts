import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { size } from '@backstay/event-sourcing/testing';
import { eventually, stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

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

  it('of a database that is not there is refused, without reporting the password', async () => {
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
    await eventually(async () => (await rows(waiting)).length > 0, 'the dump that waits for the table');
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
  it('makes the database what the backup was, and reports what was made since and is gone', async () => {
    await client.query(`delete from orders where id > 3; alter table orders add column later text;
      create table coupons (id serial primary key, order_id int references orders);
      create table "odd name" (id int); create view "late view" as select later from orders;
      create materialized view late_totals as select count(*) from orders; create sequence late_numbers;
      create type late_mood as enum ('good'); create domain late_word as text; create type late_pair as (a int, b late_mood);
      create function late_sum(int, late_mood) returns int language sql as 'select 1';
      create procedure late_work() language sql as 'select 1';
      create aggregate late_count(*) (sfunc = int8inc, stype = int8, initcond = '0');
      create schema late; create table late.rows (id int); create table billing.lines (id int);
      create extension pg_trgm; select lo_from_bytea(0, 'late')`);
    const restored = await restore({ url, from: made });
    expect(restored).toMatchObject({ tables: 2 });
    expect([...restored.dropped].sort()).toEqual([
      'extension pg_trgm',
      'materialized view public.late_totals',
      'routine public.late_count()',
      'routine public.late_sum(integer,public.late_mood)',
      'routine public.late_work()',
      'schema late',
      'sequence public.late_numbers',
      'table billing.lines',
      'table late.rows',
      'table public."odd name"',
      'table public.coupons',
      'type public.late_mood',
      'type public.late_pair',
      'type public.late_word',
      'view public."late view"',
    ]);
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 500 }]);
    expect(
      await rows(`select 1 from information_schema.columns where table_name = 'orders' and column_name = 'later'`),
    ).toEqual([]);
    expect(await rows('select oid from pg_largeobject_metadata')).toEqual([]);
    await client.query('create table coupons (id int); drop table coupons');
  });

  it('twice is once', async () => {
    expect((await restore({ url, from: made })).dropped).toEqual([]);
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 500 }]);
  });

  it('of an empty database empties it', async () => {
    const empty = (await testDatabase()).url;
    const from = await backup({ url: empty, into: join(folder, 'empty.dump') });
    const other = new pg.Client({ connectionString: empty });
    await other.connect();
    try {
      await other.query('create table orders (id int); create schema billing; create table billing.invoices (id int)');
      const { dropped, tables } = await restore({ url: empty, from });
      expect({ dropped, tables }).toEqual({
        dropped: ['schema billing', 'table billing.invoices', 'table public.orders'],
        tables: 0,
      });
      expect((await other.query(`select from pg_class where relnamespace = 'public'::regnamespace`)).rows).toEqual([]);
    } finally {
      await other.end();
    }
  });

  it('brings back objects that depend on each other, also with extensions and large objects', async () => {
    const rich = (await testDatabase()).url;
    const other = new pg.Client({ connectionString: rich });
    await other.connect();
    try {
      await other.query(`create extension citext; create table people (name citext primary key, mood text);
        create view names as select name from people; create view loud as select upper(name::text) as name from names;
        insert into people values ('Ada', 'good'); select lo_from_bytea(4711, 'kept')`);
      const from = await backup({ url: rich, into: join(folder, 'rich.dump') });
      await other.query(`create or replace view names as select name, mood from people;
        create view late as select * from loud; select lo_put(4711, 0, 'lost')`);
      expect((await restore({ url: rich, from })).dropped).toEqual(['view public.late']);
      expect((await other.query('select name from loud')).rows).toEqual([{ name: 'ADA' }]);
      expect((await other.query(`select convert_from(lo_get(4711), 'utf8') as text`)).rows).toEqual([{ text: 'kept' }]);
    } finally {
      await other.end();
    }
  });

  it('knows every kind of object: what was there is there, and what came is gone, by name', async () => {
    const kinds = (await testDatabase()).url;
    const other = new pg.Client({ connectionString: kinds });
    await other.connect();
    const make = (n: string) => `
      create table parted_${n} (id int generated always as identity, at date) partition by range (at);
      create table parted_${n}_1 partition of parted_${n} for values from ('2026-01-01') to ('2027-01-01');
      create type span_${n} as range (subtype = int); create statistics stats_${n} on id, at from parted_${n};
      create function same_${n}(int, text) returns bool language sql as 'select true';
      create operator ${n === 'late' ? '====' : '==='} (leftarg = int, rightarg = text, function = same_${n});
      create collation words_${n} from "C"; create text search configuration search_${n} (copy = simple);
      create publication pub_${n} for table parted_${n}; create foreign data wrapper wrapper_${n};
      create server server_${n} foreign data wrapper wrapper_${n};
      create function heard_${n}() returns event_trigger language plpgsql as 'begin end';
      create event trigger trigger_${n} on ddl_command_end execute function heard_${n}();
      insert into parted_${n} (at) values ('2026-05-05')`;
    const all = async () =>
      (
        await other.query(`select o.type, o.identity from (
        select 'pg_class'::regclass as class, oid from pg_class where relkind <> 't' and relnamespace = 'public'::regnamespace
        union all select 'pg_type'::regclass, oid from pg_type where typnamespace = 'public'::regnamespace
        union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'public'::regnamespace
        union all select 'pg_event_trigger'::regclass, oid from pg_event_trigger
        union all select 'pg_publication'::regclass, oid from pg_publication
        union all select 'pg_foreign_server'::regclass, oid from pg_foreign_server
        union all select 'pg_collation'::regclass, oid from pg_collation where collnamespace = 'public'::regnamespace
        union all select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext
      ) every_object, pg_identify_object(class, oid, 0) o order by 1, 2`)
      ).rows;
    try {
      await other.query(make('kept'));
      const before = await all();
      const from = await backup({ url: kinds, into: join(folder, 'kinds.dump') });
      await other.query(make('late'));
      const { dropped } = await restore({ url: kinds, from });
      expect(await all()).toEqual(before);
      expect((await other.query('select count(*)::int as count from parted_kept')).rows).toEqual([{ count: 1 }]);
      expect([...dropped].sort()).toEqual([
        'collation public.words_late',
        'event trigger trigger_late',
        'foreign data wrapper wrapper_late',
        'operator public.====(integer,pg_catalog.text)',
        'publication pub_late',
        'routine public.heard_late()',
        'routine public.same_late(integer,pg_catalog.text)',
        'server server_late',
        'statistics public.stats_late',
        'table public.parted_late',
        'table public.parted_late_1',
        'text search configuration public.search_late',
        'type public.span_late',
      ]);
    } finally {
      await other.end();
    }
  });

  it('is made by a role that owns no more than its own objects; an extension of another role stays', async () => {
    const owned = (await testDatabase()).url;
    const name = new URL(owned).pathname.slice(1);
    const keeper = new URL(owned);
    keeper.username = 'keeper';
    keeper.password = 'k33per';
    const admin = new pg.Client({ connectionString: owned });
    await admin.connect();
    await admin.query(`create role keeper login password 'k33per'; alter database "${name}" owner to keeper;
      create extension pgcrypto`);
    const own = new pg.Client({ connectionString: keeper.href });
    await own.connect();
    try {
      await own.query(
        `create table secrets (id int primary key, hash text); insert into secrets values (1, crypt('a', gen_salt('md5')))`,
      );
      const from = await backup({ url: keeper.href, into: join(folder, 'keeper.dump') });
      await own.query('create table late (id int); delete from secrets');
      expect((await restore({ url: keeper.href, from })).dropped).toEqual(['table public.late']);
      expect((await own.query(`select id from secrets where hash = crypt('a', hash)`)).rows).toEqual([{ id: 1 }]);
      await admin.query('create extension pg_trgm');
      await expect(restore({ url: keeper.href, from })).rejects.toThrow('must be owner of extension pg_trgm');
    } finally {
      await own.end();
      await admin.query(
        `alter database "${name}" owner to current_user; reassign owned by keeper to current_user; drop role keeper`,
      );
      await admin.end();
    }
  });

  it('of many rows is whole', async () => {
    const count = size(200_000, 5_000);
    const large = (await testDatabase()).url;
    const other = new pg.Client({ connectionString: large });
    await other.connect();
    try {
      await other.query(
        `create table lines as select n as id, repeat(md5(n::text), 8) as text from generate_series(1, ${count}) n`,
      );
      const from = await backup({ url: large, into: join(folder, 'large.dump') });
      await other.query('truncate lines');
      await restore({ url: large, from });
      expect((await other.query('select count(*)::int as count from lines')).rows).toEqual([{ count }]);
    } finally {
      await other.end();
    }
  });

  it('that cannot drop what was made since changes nothing and fails', async () => {
    await client.query(`create role stranger login password 'str4nger'; delete from orders where id > 3;
      create table theirs (id int)`);
    const role = new URL(url);
    role.username = 'stranger';
    role.password = 'str4nger';
    try {
      const failure = restore({ url: role.href, from: made });
      await expect(failure).rejects.toThrow(RestoreFailed);
      await expect(failure).rejects.toThrow('must be owner');
      expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 3 }]);
    } finally {
      await client.query('drop table theirs; drop role stranger');
    }
  });

  it('never puts back the record of Backstay itself', async () => {
    await client.query('create schema backstay; create table backstay.events (id int)');
    try {
      await expect(restore({ url, from: made })).rejects.toThrow('give the service a database of its own');
      expect(await rows(`select to_regclass('backstay.events') is not null as there`)).toEqual([{ there: true }]);
    } finally {
      await client.query('drop schema backstay cascade');
    }
  });

  it('that ends half way changes nothing', async () => {
    const cut = join(folder, 'cut.dump');
    const bytes = readFileSync(made.path);
    writeFileSync(cut, bytes.subarray(0, bytes.length - 200));
    const sha256 = createHash('sha256').update(readFileSync(cut)).digest('hex');
    await expect(restore({ url, from: { path: cut, sha256 } })).rejects.toThrow(RestoreFailed);
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 3 }]);
  });

  it('that waits for a table in use is given up at its deadline, and lets go of it', async () => {
    await client.query('begin; lock table orders in access share mode');
    const restoring = restore({ url, from: made, timeoutMs: 1_500 });
    await expect(restoring).rejects.toThrow('it did not end within 1500 ms');
    await eventually(async () => (await rows(waiting)).length === 0, 'the end of its session');
    await client.query('rollback');
    expect(await rows('select count(*)::int as count from orders')).toEqual([{ count: 3 }]);
  });

  it('of another file than was recorded is refused', async () => {
    await expect(restore({ url, from: { ...made, sha256: '0' } })).rejects.toThrow('its hash differs');
    await expect(restore({ url, from: { ...made, path: join(folder, 'gone') } })).rejects.toThrow('is not there');
  });
});
