import { connect } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { PartFailed } from '../part.ts';
import { inDataDirectory } from './data-directory.test-support.ts';
import { startNats } from './nats.ts';

interface Reply {
  config?: { name: string };
  error?: { description: string };
}

/** Asks the JetStream API of the server. */
async function ask(url: string, subject: string, body: object = {}): Promise<Reply> {
  const connection = await connect({ servers: url });
  try {
    return (await connection.request(`$JS.API.${subject}`, JSON.stringify(body))).json<Reply>();
  } finally {
    await connection.close();
  }
}

const createStream = (url: string) =>
  ask(url, 'STREAM.CREATE.KEPT', { name: 'KEPT', subjects: ['kept'], storage: 'file' });
const stream = (url: string) => ask(url, 'STREAM.INFO.KEPT');

describe('NATS', () => {
  it('keeps its streams over a kill, and forgets them at a wipe', () =>
    inDataDirectory(async ({ options, keep }) => {
      const nats = keep(await startNats(options));
      await createStream(nats.url);
      nats.kill('SIGKILL');
      await nats.restart();
      expect(await stream(nats.url)).toMatchObject({ config: { name: 'KEPT' } });
      await nats.restart({ wipe: true });
      expect(await stream(nats.url)).toMatchObject({ error: { description: 'stream not found' } });
    }));

  it('shows the same streams to whoever starts it next', () =>
    inDataDirectory(async ({ options, keep }) => {
      const first = keep(await startNats(options));
      await createStream(first.url);
      await first.stop();
      const second = keep(await startNats(options));
      expect(await stream(second.url)).toMatchObject({ config: { name: 'KEPT' } });
    }));

  it('reports when it ends without being asked', () =>
    inDataDirectory(async ({ options, keep }) => {
      const ended = new Promise<string>((resolve) => {
        const say = (line: string) => line.includes('ended with') && resolve(line);
        void startNats({ ...options, say })
          .then(keep)
          .then((nats) => nats.kill('SIGKILL'));
      });
      expect(await ended).toContain('nats-server ended with SIGKILL; its log is');
    }));

  it('that is configured as the first of several URLs is used', () =>
    inDataDirectory(async ({ options, keep }) => {
      const { url } = keep(await startNats(options));
      const servers = `${url},nats://127.0.0.1:1`;
      expect(await startNats({ ...options, env: { BACKSTAY_NATS_URL: servers } })).toMatchObject({
        url: servers,
        origin: 'configured',
      });
    }));

  it('that is configured but no NATS is an error', () =>
    inDataDirectory(async ({ options }) => {
      const started = startNats({ ...options, env: { BACKSTAY_NATS_URL: 'nats://127.0.0.1:1' } });
      await expect(started).rejects.toThrow(PartFailed);
    }));
});
