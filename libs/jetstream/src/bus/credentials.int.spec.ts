import { execFile, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort, inspectParts } from '@backstay/local-platform';
import { eventually, testNats, stopTestParts } from '@backstay/local-platform/testing';
import { inboxOf, serviceNames } from '../access/access.ts';
import { accountsFile, keepKeys, seedFile } from '../access/keys.ts';
import { subjectOfPublisher } from '../intake/publisher.ts';
import { connectBus, type Bus, type BusStatus } from './connect-bus.ts';
import { ensureStream, intakeStream } from './streams.ts';

const read = (place: URL) => readFileSync(place, 'utf8');
const configuration = read(new URL('../../../../deploy/nats/nats.conf', import.meta.url));
const compose = read(new URL('../../../../docker-compose.yml', import.meta.url));

interface Compose {
  readonly services: Readonly<Record<string, { readonly env_file?: string; readonly volumes?: readonly string[] }>>;
}

describe('the configuration that compose gives to NATS', () => {
  let server: ChildProcess;
  let port: number;
  const directory = mkdtempSync(join(tmpdir(), 'backstay-nats-conf-'));
  const keys = join(directory, 'keys');

  beforeAll(async () => {
    await testNats();
    const { found } = (await inspectParts({ dataDir: directory })).find(({ part }) => part === 'nats') ?? {};
    port = await freePort();
    const own = configuration
      .replace('port: 4222', `port: ${port}\nhost: 127.0.0.1`)
      .replace('http_port: 8222\n', '')
      .replace('/data', directory);
    writeFileSync(join(directory, 'nats.conf'), own);
    await keepKeys(keys, { publishers: ['ci'], asEnvironment: true });
    copyFileSync(accountsFile(keys), join(directory, 'accounts.conf'));
    server = execFile(found ?? 'nats-server', ['--config', join(directory, 'nats.conf')]);
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    await stopTestParts();
  });

  /** As compose and systemd read it. */
  const seedOf = (service: string) =>
    readFileSync(join(keys, 'services', `${service}.env`), 'utf8')
      .trim()
      .split('=')[1];

  it('lets in each service by the key in its environment file', async () => {
    for (const name of serviceNames) {
      const options = { url: `nats://127.0.0.1:${port}`, name, seed: seedOf(name), inbox: inboxOf(name) };
      const bus = await connectBus({ ...options, onStatus: () => undefined });
      if (name === 'planning') expect((await ensureStream(bus.js, intakeStream)).config.name).toBe(intakeStream.name);
      await bus.close();
    }
  });

  it('gives each service its own key, and NATS the accounts alone', () => {
    const { services } = parse(compose, { merge: true, maxAliasCount: 50 }) as Compose;
    const files = serviceNames.map((name) => services[name]?.env_file);
    expect(files).toEqual(serviceNames.map((name) => `deploy/nats/keys/services/${name}.env`));
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.filter((each) => each.includes('nats/keys')),
    );
    expect(mounted).toEqual(['./deploy/nats/keys/accounts.conf:/etc/nats/accounts.conf:ro']);
  });

  it('knows a publisher who was added and none who was withdrawn, once it is reloaded, for one who was added twice', async () => {
    const url = `nats://127.0.0.1:${port}`;
    const asPublisher = (name: string) =>
      connectBus({ url, name, creds: seedFile(keys, 'publishers', name), onStatus: () => undefined });
    const reload = async (publishers: readonly string[] = []) => {
      await keepKeys(keys, { publishers });
      copyFileSync(accountsFile(keys), join(directory, 'accounts.conf'));
      server.kill('SIGHUP');
    };
    const planning = { seed: seedOf('planning'), inbox: inboxOf('planning') };
    const bus = await connectBus({ url, name: 'planning', ...planning, onStatus: () => undefined });
    await ensureStream(bus.js, intakeStream);
    await reload(['added']);
    const [ci, added] = [await asPublisher('ci'), await asPublisher('added')];
    await reload();
    const publish = (by: Bus, name: string) => by.js.publish(subjectOfPublisher(name), '{}', { timeout: 1_000 });
    await eventually(() => publish(added, 'added').catch(() => null), 'who was added publishes');
    const ended = ci.nc.status()[Symbol.asyncIterator]().next();
    rmSync(seedFile(keys, 'publishers', 'ci'));
    await reload();
    expect((await ended).value).toMatchObject({ type: 'disconnect' });
    await expect(publish(ci, 'ci')).rejects.toThrow('timeout');
    await publish(added, 'added');
    for (const each of [bus, ci, added]) await each.close();
  });

  it('lets nobody else in', async () => {
    const stop = new AbortController();
    const refused = new Promise<BusStatus>((resolve) => {
      const onStatus = (status: BusStatus) => {
        resolve(status);
        stop.abort(new Error('reported'));
      };
      connectBus({ url: `nats://backstay:wrong@127.0.0.1:${port}`, name: 'spec', onStatus, signal: stop.signal }).catch(
        () => undefined,
      );
    });
    expect((await refused).detail).toMatch(/authorization/i);
  });
});

describe('one login for all', () => {
  it('is let in by user and password in the URL', async () => {
    const { url } = await testNats('authorization { user: backstay, password: right }\n');
    const bus = await connectBus({
      url: url.replace('//', '//backstay:right@'),
      name: 'spec',
      onStatus: () => undefined,
    });
    expect(bus.nc.isClosed()).toBe(false);
    await bus.close();
  });
});
