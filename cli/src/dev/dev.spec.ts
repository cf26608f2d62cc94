import { describe, expect, it } from 'vitest';
import type { Part } from '@backstay/local-platform';
import { createServer, type AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Closing } from './closing.ts';
import { dataDirectory } from './directories.ts';
import { backstay, inFolder } from '../testing/world.test-support.ts';
import { portOrFree, servicesEnvironment, type LocalParts } from './platform.ts';

describe('the data directory', () => {
  it.each([
    [{ BACKSTAY_DATA_DIR: '/srv/backstay', XDG_DATA_HOME: '/x' }, '/srv/backstay'],
    [{ XDG_DATA_HOME: '/x' }, '/x/backstay'],
    [{}, join(homedir(), '.local/share/backstay')],
  ])('of %j is %s', (env, directory) => {
    expect(dataDirectory(env)).toBe(directory);
  });

  it('is none below /proc', () => {
    for (const directory of ['/proc', '/proc/x'])
      expect(() => dataDirectory({ BACKSTAY_DATA_DIR: directory })).toThrow('nothing can be kept in /proc');
    expect(dataDirectory({ BACKSTAY_DATA_DIR: '/process' })).toBe('/process');
  });
});

describe('closing', () => {
  it('undoes everything, the latest first, also after a failure', async () => {
    const closing = new Closing();
    const done: string[] = [];
    for (const name of ['parts', 'services']) closing.later(() => void done.push(name));
    closing.later(() => Promise.reject(new Error('stuck')));
    await expect(closing.close()).rejects.toThrow('stuck');
    expect(done).toEqual(['services', 'parts']);
    await closing.close();
    expect(done).toHaveLength(2);
  });
});

describe('what the services are given', () => {
  const part = (url: string) => ({ url }) as Part;
  const parts = { postgres: part('postgres://p'), nats: part('nats://n'), redis: undefined } as LocalParts;
  const options = { parts, dataDir: '/data', port: 0 };

  it('is where the parts are, and that everything stays on loopback', () => {
    expect(servicesEnvironment({ ...options, env: {} })).toEqual({
      BACKSTAY_AUTH: 'none',
      BACKSTAY_DATA_DIR: '/data',
      BACKSTAY_POSTGRES_URL: 'postgres://p',
      BACKSTAY_NATS_URL: 'nats://n',
      BACKSTAY_HTTP_HOST: '127.0.0.1',
      BACKSTAY_HTTP_PORT: '0',
    });
  });

  it('is a key of its own for NATS, whatever is set for another one', () => {
    const env = { BACKSTAY_NATS_AUTH: 'none', BACKSTAY_NATS_SEED: 'SU', BACKSTAY_NATS_CREDS: '/mine.nk' };
    expect(servicesEnvironment({ ...options, parts: { ...parts, natsKeys: '/data/nats/keys' }, env })).toMatchObject({
      BACKSTAY_NATS_CREDS: '/data/nats/keys/services',
      BACKSTAY_NATS_SEED: '',
      BACKSTAY_NATS_AUTH: '',
    });
    expect(servicesEnvironment({ ...options, env })).toMatchObject(env);
  });

  it('is a role of PostgreSQL that cannot change the record, beside the one that migrates', () => {
    expect(
      servicesEnvironment({ ...options, parts: { ...parts, servicesUrl: 'postgres://services@p' }, env: {} }),
    ).toMatchObject({
      BACKSTAY_POSTGRES_URL: 'postgres://services@p',
      BACKSTAY_POSTGRES_MIGRATION_URL: 'postgres://p',
    });
  });

  it('leaves what a person has set, but not where things run', () => {
    const env = { BACKSTAY_ENVIRONMENTS: '/mine.yaml', BACKSTAY_AUTH: 'token', BACKSTAY_HTTP_HOST: '0.0.0.0' };
    const variables = servicesEnvironment({ ...options, env, environments: '/theirs.yaml', secrets: 'file:/s' });
    expect(variables).toMatchObject({
      BACKSTAY_ENVIRONMENTS: '/mine.yaml',
      BACKSTAY_AUTH: 'token',
      BACKSTAY_SECRETS: 'file:/s',
    });
    expect(variables.BACKSTAY_HTTP_HOST).toBe('127.0.0.1');
  });
});

describe('a port that is asked for', () => {
  it.each(['dev', 'demo'])('and taken is one sentence, before anything is started: %s', async (command) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await inFolder(async (folder) => {
      const env = { ...process.env, BACKSTAY_DATA_DIR: folder, XDG_STATE_HOME: folder, HOME: folder };
      const { code, err } = await backstay([command, '--port', String(port)], { env });
      expect(code).toBe(2);
      expect(err.trim().split('\n')).toEqual([
        expect.stringContaining(`port ${port} cannot be used: another program listens on it; name another with --port`),
      ]);
      expect(readdirSync(folder)).toEqual([]);
    });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the usual port', () => {
  it('is taken when nobody has it, else a free one', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await portOrFree(port)).toBe(0);
    await new Promise((resolve) => server.close(resolve));
    expect(await portOrFree(port)).toBe(port);
  });
});
