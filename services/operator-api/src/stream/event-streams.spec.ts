import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Closing } from '@backstay/service-kit';
import { Overloaded, type Reply, type Request } from '@backstay/service-kit/http';
import { EventStreams } from './event-streams.ts';

const request = { raw: { method: 'GET' } } as Request;

/** A client that takes whatever it is sent, until it leaves. */
function client() {
  const raw = Object.assign(new EventEmitter(), { writeHead: () => raw, write: () => true, end: () => raw });
  const reply = { raw, statusCode: 200, hijack: () => reply } as unknown as Reply & { raw: EventEmitter };
  return { reply, leave: () => raw.emit('close') };
}

/** A stream that is as slow to open as the test wants, and then lasts until its client leaves. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const frames = async () => {
    await opened;
    return async function* (signal: AbortSignal) {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      yield* [];
    };
  };
  return { open, frames };
}

describe('live streams', () => {
  it('that 261 clients ask for at once are 200, however long each takes to open; who leaves makes a place', async () => {
    const streams = new EventStreams(new Closing(), { logger: { warn: () => {} } } as never);
    const { open, frames } = gate();
    const clients = Array.from({ length: 261 }, client);
    const asked = clients.map(({ reply }) => streams.reply(request, reply, frames));
    open();
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(200);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.every(({ reason }) => reason instanceof Overloaded)).toBe(true);
    expect(refused).toHaveLength(61);

    clients[0]!.leave();
    await expect
      .poll(() =>
        streams.reply(request, client().reply, frames).then(
          () => 'a place',
          () => 'none',
        ),
      )
      .toBe('a place');
    await expect(streams.reply(request, client().reply, frames)).rejects.toBeInstanceOf(Overloaded);
    for (const { leave } of clients) leave();
  });

  it('that cannot be opened take no place', async () => {
    const streams = new EventStreams(new Closing(), { logger: { warn: () => {} } } as never);
    for (let n = 0; n < 261; n += 1)
      await expect(streams.reply(request, client().reply, () => Promise.reject(new Error('gone')))).rejects.toThrow(
        'gone',
      );
  });
});
