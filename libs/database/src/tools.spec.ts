import { describe, expect, it } from 'vitest';
import { connectionOf } from './connection.ts';
import { DatabaseToolMissing } from './errors.ts';
import { dataLossWindow } from './index.ts';
import { suitable, toolsFor, whyUnwise } from './tools.ts';

const tools = (...majors: number[]) => majors.map((major) => ({ folder: `/${major}`, version: `${major}.1`, major }));

describe('the programs for a server', () => {
  it('are the oldest that are not older than it', () => {
    expect(suitable(tools(13, 15, 16, 17), '15.4 (Debian)').major).toBe(15);
    expect(suitable(tools(13, 17), '15.4').major).toBe(17);
  });

  it('are refused when all are older, saying what to install', () => {
    expect(() => suitable(tools(13, 14), '15.4')).toThrow(DatabaseToolMissing);
    expect(() => suitable(tools(13, 14), '15.4')).toThrow(
      'pg_dump 14.1 cannot dump a server of version 15.4: install the package `postgresql-client-15`',
    );
  });

  it.each([
    ['15.13', 'psql 15.13 obeys commands that stand in the names of restored objects; install 15.14 or later'],
    ['12.22', 'psql 12.22 obeys commands that stand in the names of restored objects; install a version that is still'],
    ['17', 'install 17.6 or later'],
  ])('restore unwisely where %s may obey more than SQL, saying what to install', (version, why) => {
    expect(whyUnwise({ version, major: Number.parseInt(version, 10) })).toContain(why);
  });

  it.each(['13.22', '15.14', '15.18', '17.10', '18.0', '18'])('restore wisely in version %s', (version) => {
    expect(whyUnwise({ version, major: Number.parseInt(version, 10) })).toBeNull();
  });

  it('may not be there at all, saying what to install', async () => {
    await expect(toolsFor(connectionOf('postgresql://db/x'), undefined, [])).rejects.toThrow(
      'pg_dump is not installed: install the package',
    );
  });
});

describe('a database URL', () => {
  it.each([
    ['postgresql://app:s3cr3t%21@db:5433/orders?sslmode=require'],
    ['postgres://app@db:5433/orders?sslmode=require&password=s3cr3t!'],
  ])('%s keeps its password out of the arguments', (url) => {
    const { address, database, environment } = connectionOf(url);
    expect(address).toMatch(/^postgres(ql)?:\/\/app@db:5433\/orders\?sslmode=require$/);
    expect(database).toBe('orders');
    expect(environment.PGPASSWORD).toBe('s3cr3t!');
  });

  it('that is none is refused and not repeated', () => {
    expect(() => connectionOf('mysql://app:s3cr3t@db/x')).toThrow(/^a database is named by a postgresql:\/\/ URL$/);
  });
});

it('the data-loss window is the time since the backup began', () => {
  const backup = { takenAt: '2026-01-01T10:00:00.000Z' };
  expect(dataLossWindow(backup, new Date('2026-01-01T10:02:30Z'))).toBe(150_000);
  expect(dataLossWindow(backup, new Date('2026-01-01T09:59:00Z'))).toBe(0);
});
