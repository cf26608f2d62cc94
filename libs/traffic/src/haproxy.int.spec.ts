import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedIo } from '@backstay/guarded-io';
import { findTestHaproxy, stopTestParts, TestHaproxy } from '@backstay/local-platform/testing';
import { haproxy, type Proxy } from './haproxy.ts';
import { currentWeights, moveTraffic, probeMove, putBackWeights } from './move.ts';

const program = await findTestHaproxy();
const signal = AbortSignal.timeout(120_000);

async function listening<S extends Server | ReturnType<typeof createServer>>(server: S): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

(program === null ? describe.skip : describe)('a real HAProxy', () => {
  const services = ['old', 'new'].map((name) => createHttpServer((_, response) => response.end(name)));
  let running: TestHaproxy;
  let proxy: Proxy;

  beforeAll(async () => {
    const [old = 0, fresh = 0] = await Promise.all(services.map(listening));
    running = await TestHaproxy.start(
      program!,
      `backend orders
  balance roundrobin
  server old 127.0.0.1:${old} weight 100
  server new 127.0.0.1:${fresh} weight 0
backend three
  balance roundrobin
  server one 127.0.0.1:${old} weight 50
  server two 127.0.0.1:${old}
  server new 127.0.0.1:${fresh}
  server spare 127.0.0.1:${old} backup
backend fixed
  balance static-rr
  server old 127.0.0.1:${old}
  server new 127.0.0.1:${fresh}
backend broken
  server old 127.0.0.1:${old}
  server new 127.0.0.1:${fresh} disabled
backend alone
  server new 127.0.0.1:${fresh}`,
    );
    proxy = haproxy(running.places.socket, { network: guardedIo({ allow: [], environmentVariables: [] }) });
  });
  afterAll(async () => {
    await stopTestParts();
    await Promise.all(services.map((service) => new Promise((resolve) => service.close(resolve))));
  });
  beforeEach(() => putBackWeights(proxy, 'orders', { old: 100, new: 0 }));

  /** How many of so many requests the new server responded to. */
  async function repliesOfNew(requests: number): Promise<number> {
    let count = 0;
    for (let sent = 0; sent < requests; sent += 1) if ((await (await fetch(running.url)).text()) === 'new') count += 1;
    return count;
  }
  const move = (share: number, backend = 'orders') => moveTraffic(proxy, { share, target: 'new', backend }, signal);

  it('gives the new server the share that is asked for, as the replies show', async () => {
    expect(await repliesOfNew(20)).toBe(0);
    expect(await move(0.1)).toEqual({ weights: { old: 9, new: 1 }, share: 0.1, idle: {} });
    const tenth = await repliesOfNew(300);
    expect(tenth).toBeGreaterThanOrEqual(15);
    expect(tenth).toBeLessThanOrEqual(45);
    await move(0.5);
    const half = await repliesOfNew(100);
    expect(half).toBeGreaterThanOrEqual(45);
    expect(half).toBeLessThanOrEqual(55);
    expect(await move(1)).toMatchObject({ weights: { old: 0, new: 1 }, share: 1 });
    expect(await repliesOfNew(20)).toBe(20);
    await move(0);
    expect(await repliesOfNew(20)).toBe(0);
  });

  it('may be asked twice', async () => {
    expect(await move(0.25)).toEqual(await move(0.25));
  });

  it('puts back what was before', async () => {
    const before = await currentWeights(proxy, 'orders');
    await move(1);
    await putBackWeights(proxy, 'orders', before);
    expect(await currentWeights(proxy, 'orders')).toEqual({ old: 100, new: 0 });
  });

  it('keeps the proportions of several others, and leaves a backup alone', async () => {
    const { share, weights } = await move(0.2, 'three');
    expect(share).toBeCloseTo(0.2, 2);
    expect((weights['one'] ?? 0) / (weights['two'] ?? 1)).toBeGreaterThan(30);
    expect(await currentWeights(proxy, 'three')).toEqual({ ...weights, spare: 1 });
  });

  it('is reached over TCP too, where that is allowed', async () => {
    const { address } = running.places;
    const remote = haproxy(address, { network: guardedIo({ allow: [address], environmentVariables: [] }) });
    expect(await moveTraffic(remote, { share: 0.1, target: 'new', backend: 'orders' }, signal)).toMatchObject({
      share: 0.1,
    });
    await expect(
      haproxy(address, { network: guardedIo({ allow: ['127.0.0.1:1'], environmentVariables: [] }) }).servers('orders'),
    ).rejects.toThrow(/allow-list/);
  });

  it('is probed without being changed', async () => {
    const servers = await probeMove(proxy, { share: 0.1, target: 'new', backend: 'orders' });
    expect(servers.map(({ name, weight }) => [name, weight])).toEqual([
      ['old', 100],
      ['new', 0],
    ]);
    await expect(probeMove(proxy, { share: 0.1, target: 'new', backend: 'broken' })).resolves.toHaveLength(2);
  });

  it.each([
    ['a backend that is not there', { backend: 'nowhere' }, /there is no backend nowhere/],
    ['a server that is not there', { target: 'newer' }, /no server newer; it has old, new/],
    ['a backend of one server', { backend: 'alone' }, /no server beside new/],
    ['a server that does not serve', { backend: 'broken' }, /the server new does not serve: MAINT/],
    ['an algorithm that knows no weights', { backend: 'fixed' }, /refused `set weight fixed\/.*static LB algorithm/],
    ['a name that is two commands', { backend: 'orders;shutdown' }, /is not a name/],
  ])('refuses %s', async (_what, more, reason) => {
    const wanted = { share: 0.1, target: 'new', backend: 'orders', ...more };
    await expect(moveTraffic(proxy, wanted, signal)).rejects.toThrow(reason);
    expect(await currentWeights(proxy, 'orders')).toEqual({ old: 100, new: 0 });
  });

  it('refuses a socket that may not set weights', async () => {
    const operator = haproxy(running.places.operatorSocket, {
      network: guardedIo({ allow: [], environmentVariables: [] }),
    });
    const wanted = { share: 0.1, target: 'new', backend: 'orders' };
    await expect(probeMove(operator, wanted)).rejects.toThrow(/has level operator; .*level admin/);
    await expect(moveTraffic(operator, wanted, signal)).rejects.toThrow(/refused .*Permission denied/);
  });

  it('refuses to put back the weight of a server that is gone', async () => {
    await expect(putBackWeights(proxy, 'orders', { old: 1, gone: 1 })).rejects.toThrow(/No such server/);
  });
});

describe('what is no HAProxy', () => {
  const held = new Set<Socket>();
  /** Replies to everything in the same way; never closes where it says nothing. */
  const double = createServer((socket) => {
    held.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (asked: Buffer) => {
      const reply = replies.find(([command]) => String(asked).startsWith(command))?.[1];
      if (reply !== undefined) socket.end(reply);
    });
  });
  let replies: readonly (readonly [string, string])[] = [];
  let place: string;
  beforeAll(async () => void (place = `127.0.0.1:${await listening(double)}`));
  afterAll(async () => {
    held.forEach((socket) => socket.destroy());
    await new Promise((resolve) => double.close(resolve));
  });
  const double_ = (timeoutMs = 2_000) =>
    haproxy(place, { network: guardedIo({ allow: ['127.0.0.1:*'], environmentVariables: [] }), timeoutMs });
  const table = (weight: string, effective = weight) => [
    [
      'show servers state',
      `1\n# be_name srv_name srv_op_state srv_uweight srv_iweight\nb old 2 9 1\nb new 2 ${weight} 1\n\n`,
    ] as const,
    ['show stat', `# pxname,svname,status,weight,bck\nb,old,UP,9,0\nb,new,UP,${effective},0\n\n`] as const,
  ];
  const move = () => moveTraffic(double_(), { share: 0.1, target: 'new', backend: 'b' }, AbortSignal.timeout(10_000));

  it('is not there', async () => {
    const nowhere = haproxy('/nowhere/admin.sock', { network: guardedIo({ allow: [], environmentVariables: [] }) });
    await expect(nowhere.requireAdmin()).rejects.toThrow('/nowhere/admin.sock: there is no such socket');
    await expect(
      haproxy('admin.sock', { network: guardedIo({ allow: [], environmentVariables: [] }) }).requireAdmin(),
    ).rejects.toThrow(/neither the absolute path/);
  });

  it('says nothing', async () => {
    replies = [];
    await expect(double_(200).requireAdmin()).rejects.toThrow(/no response within 200 ms/);
    replies = [['show', '']];
    await expect(double_().requireAdmin()).rejects.toThrow(/in the midst of the reply/);
  });

  it('is given up when the step is', async () => {
    replies = [];
    const stop = new AbortController();
    const asked = haproxy(place, {
      network: guardedIo({ allow: ['127.0.0.1:*'], environmentVariables: [] }),
      signal: stop.signal,
    }).requireAdmin();
    stop.abort(new Error('no longer wanted'));
    await expect(asked).rejects.toThrow('no longer wanted');
  });

  it('says something else', async () => {
    replies = [['show', 'HTTP/1.1 400 Bad Request\r\n\r\n']];
    await expect(double_().requireAdmin()).rejects.toThrow(/not understood: HTTP/);
    await expect(double_().servers('b')).rejects.toThrow(/not understood: HTTP/);
  });

  it('cuts a reply off between two lines', async () => {
    replies = [['show', '1\n# be_name srv_name srv_op_state srv_uweight srv_iweight\n']];
    await expect(double_().servers('b')).rejects.toThrow(/in the midst of the reply to `show servers state b`/);
  });

  it('takes a weight and does not keep it', async () => {
    replies = [['set weight', '\n'], ...table('5')];
    await expect(move()).rejects.toThrow('new weighs 5 after it was set to 1');
  });

  it('keeps a weight and reckons with another', async () => {
    replies = [['set weight', '\n'], ...table('1', '7')];
    await expect(move()).rejects.toThrow('new counts 7, and was set to 1');
  });

  it('cuts the confirmation off', async () => {
    replies = [['set weight', ''], ...table('1')];
    await expect(move()).rejects.toThrow(/in the midst of the reply to `set weight/);
  });
});
