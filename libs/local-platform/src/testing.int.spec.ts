import { afterAll, describe, expect, it } from 'vitest';
import { runSql, urlOfDatabase } from './parts/postgres.ts';
import { until } from './run/wait.ts';
import { stopTestParts, testDatabase, testNats, testRedis } from './testing.ts';

afterAll(stopTestParts);

describe('databases for tests', () => {
  it('are empty, apart from each other, and on one server', async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    await runSql(one.url, 'create table mine()');
    await expect(runSql(other.url, 'select from mine')).rejects.toThrow('does not exist');
    expect(new URL(one.url).port).toBe(new URL(other.url).port);
  });

  it('are dropped, though somebody is connected', async () => {
    const { name, url, drop } = await testDatabase();
    const connected = runSql(url, 'select pg_sleep(60)').catch((error: Error) => error.message);
    const sleeping = `select from pg_stat_activity where datname = '${name}' and query like '%pg_sleep%'`;
    await until(async () => expect(await runSql(urlOfDatabase(url, 'postgres'), sleeping)).toHaveLength(1), {
      within: 100_000,
    });
    await drop();
    await drop();
    expect(await runSql(urlOfDatabase(url, 'postgres'), `select from pg_database where datname = '${name}'`)).toEqual(
      [],
    );
    expect(await connected).toMatch(/terminat/);
  });
});

describe('servers for tests', () => {
  it('are stopped together, and can be asked for again', async () => {
    const parts = [await testNats(), await testRedis()];
    expect(parts.map(({ pid }) => pid)).toEqual([expect.any(Number), expect.any(Number)]);
    await stopTestParts();
    expect(parts.map(({ pid }) => pid)).toEqual([undefined, undefined]);
    expect((await testNats()).pid).toEqual(expect.any(Number));
  });
});
