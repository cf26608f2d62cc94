import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Pool } from './connect.ts';
import { migratedDatabase, type MigratedDatabase } from './database.test-support.ts';

let database: MigratedDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await migratedDatabase();
  pool = connect({ url: database.url, max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

const backend = async (): Promise<number> =>
  (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;

describe('a connection of a pool', () => {
  it('outlasts a statement that the server refuses', async () => {
    const before = await backend();
    await expect(pool.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await expect(pool.query('SELECT $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' });
    expect(await backend()).toBe(before);
  });

  it('is replaced when it knows a prepared statement no more, or only in an earlier form', async () => {
    const named = { name: 'all-notes', text: 'SELECT * FROM notes' };
    await pool.query('CREATE TABLE notes (a int)');
    await pool.query(named);
    const before = await backend();
    await pool.query('ALTER TABLE notes ADD COLUMN b int');
    await expect(pool.query(named)).rejects.toMatchObject({ code: '0A000' });
    expect(await backend()).not.toBe(before);
    expect((await pool.query(named)).fields).toHaveLength(2);
    await pool.query('DEALLOCATE ALL');
    await expect(pool.query(named)).rejects.toMatchObject({ code: '26000' });
    expect((await pool.query(named)).fields).toHaveLength(2);
  });

  it('is replaced when the server ends it', async () => {
    const before = await backend();
    await expect(pool.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({ code: '57P01' });
    expect(await backend()).not.toBe(before);
  });

  it('outlasts a statement that the server ends for its time', async () => {
    const impatient = connect({ url: database.url, max: 1, statementTimeoutMs: 100 });
    const own = async () => (await impatient.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
    const before = await own();
    await expect(impatient.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
    expect(await own()).toBe(before);
    await impatient.end();
  });
});
