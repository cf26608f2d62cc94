import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, inspectParts } from '@backstay/local-platform';
import { testNats, stopTestParts } from '@backstay/local-platform/testing';
import { connectBus, type BusStatus } from './connect-bus.ts';

const configuration = readFileSync(new URL('../../../../deploy/nats/nats.conf', import.meta.url), 'utf8');

describe('the configuration that compose gives to NATS', () => {
  let server: ChildProcess;
  let port: number;
  const directory = mkdtempSync(join(tmpdir(), 'backstay-nats-conf-'));

  beforeAll(async () => {
    await testNats();
    const { found } = (await inspectParts({ dataDir: directory })).find(({ part }) => part === 'nats') ?? {};
    port = await freePort();
    const own = configuration
      .replace('port: 4222', `port: ${port}\nhost: 127.0.0.1`)
      .replace('http_port: 8222\n', '')
      .replace('/data', directory);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(directory, 'nats.conf'), own);
    server = execFile(found ?? 'nats-server', ['--config', join(directory, 'nats.conf')], {
      env: { ...process.env, BACKSTAY_NATS_PASSWORD: 'right' },
    });
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    await stopTestParts();
  });

  it('lets in who brings user and password in the URL', async () => {
    const bus = await connectBus({
      url: `nats://backstay:right@127.0.0.1:${port}`,
      name: 'spec',
      onStatus: () => undefined,
    });
    expect(bus.nc.isClosed()).toBe(false);
    await bus.close();
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
