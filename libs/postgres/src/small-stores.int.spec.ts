import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@backstay/local-platform/testing';
import { BlobTooLarge, Blobs, largestBlobBytes } from './blobs.ts';
import { migratedDatabase, type MigratedDatabase } from './database.test-support.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { KeptRows, keptRowsKinds } from './kept-rows.ts';
import { Leases } from './leases/leases.ts';
import { ParkedMessages } from './parked-messages.ts';
import { Snapshots } from './snapshots.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(() => database.close());

describe('blobs', () => {
  it('are kept once under their sha256', async () => {
    const blobs = new Blobs(database.pool);
    const content = Buffer.from([0, 1, 255, 0]);
    const sha256 = await blobs.put(content, 'd1');
    expect(await blobs.put(new Uint8Array([9, 0, 1, 255, 0]).subarray(1), 'd2')).toBe(sha256);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await blobs.get(sha256)).toEqual(content);
    expect(await blobs.get('0'.repeat(64))).toBeNull();
  });

  it('have a largest size', async () => {
    await expect(new Blobs(database.pool).put(new Uint8Array(largestBlobBytes + 1), 'd1')).rejects.toBeInstanceOf(
      BlobTooLarge,
    );
  });
});

describe('snapshots', () => {
  it('are the newest of each stream, whatever their shape', async () => {
    const snapshots = new Snapshots(database.pool);
    const at = (version: number, shape = 'a') => ({ version, hash: `h${version}`, shape, state: { version } });
    const saved = async (version: number, shape: string) =>
      eventually(async () => {
        const kept = await snapshots.load('environment-x');
        return kept?.version === version && kept.shape === shape;
      });
    expect(await snapshots.load('environment-x')).toBeNull();
    snapshots.save('environment-x', at(10));
    await saved(10, 'a');
    snapshots.save('environment-x', at(5));
    snapshots.save('environment-x', at(12, 'b'));
    await saved(12, 'b');
    expect(await snapshots.load('environment-x')).toEqual(at(12, 'b'));
  });
});

describe('idempotency keys', () => {
  const response = { status: 202, headers: { location: '/v1/deployments/1' }, body: '{"id":"1"}' };

  it('give a repeated request the reply of the first', async () => {
    const keys = new IdempotencyKeys(database.pool);
    const first = await keys.begin('ann', 'k1', 'print');
    if (first.state !== 'started') throw new Error(first.state);
    expect(await keys.begin('ann', 'k1', 'print')).toEqual({ state: 'in-flight' });
    expect(await keys.complete('ann', 'k1', first.attempt, response)).toBe(true);
    expect(await keys.begin('ann', 'k1', 'print')).toEqual({ state: 'complete', response });
    expect(await keys.begin('ann', 'k1', 'other')).toEqual({ state: 'mismatch' });
    expect(await keys.begin('bob', 'k1', 'other')).toMatchObject({ state: 'started' });
  });

  it('let exactly one of many equal requests begin', async () => {
    const keys = new IdempotencyKeys(database.pool);
    const begun = await Promise.all(Array.from({ length: 8 }, () => keys.begin('ann', 'race', 'print')));
    expect(begun.filter(({ state }) => state === 'started')).toHaveLength(1);
  });

  it('can be abandoned, and are taken over from a process that died', async () => {
    const keys = new IdempotencyKeys(database.pool);
    const first = await keys.begin('ann', 'k2', 'print');
    if (first.state !== 'started') throw new Error(first.state);
    await keys.abandon('ann', 'k2', first.attempt);
    const impatient = new IdempotencyKeys(database.pool, { abandonedAfterMs: 0 });
    const second = await impatient.begin('ann', 'k2', 'print');
    const third = await impatient.begin('ann', 'k2', 'print');
    if (second.state !== 'started' || third.state !== 'started') throw new Error('not started');
    expect(await keys.complete('ann', 'k2', second.attempt, response)).toBe(false);
    expect(await keys.complete('ann', 'k2', third.attempt, response)).toBe(true);
  });
});

describe('parked messages', () => {
  it('are kept byte for byte, once, the newest first', async () => {
    const parked = new ParkedMessages(database.pool);
    const message = (n: number) => ({
      id: `BACKSTAY_INTAKE:${n}`,
      subject: 'backstay.deploy-requested',
      headers: { a: ['1', '2'] },
      bytes: Buffer.from([n, 0, 255]),
      reason: 'not JSON',
    });
    for (const n of [1, 2, 3]) expect(await parked.park(message(n))).toBe(true);
    expect(await parked.park(message(2))).toBe(false);
    expect(await parked.get('BACKSTAY_INTAKE:2')).toEqual({ ...message(2), receivedAt: expect.stringMatching(/Z$/) });
    expect(await parked.get('none')).toBeNull();
    expect([await parked.count(2), await parked.count(10)]).toEqual([2, 3]);
    const first = await parked.list(2);
    expect(first.map(({ id, size }) => [id, size])).toEqual([
      ['BACKSTAY_INTAKE:3', 3],
      ['BACKSTAY_INTAKE:2', 3],
    ]);
    expect((await parked.list(2, first.at(-1)!.id)).map(({ id }) => id)).toEqual(['BACKSTAY_INTAKE:1']);
  });
});

describe('what grows in the database', () => {
  const later = '2999-01-01T00:00:00Z';
  const rowsOf = (kind: (typeof keptRowsKinds)[number]) => new KeptRows(database.pool, kind);

  beforeAll(async () => {
    for (const table of ['blobs', 'leases', 'idempotency_keys', 'parked_messages'])
      await database.pool.query(`DELETE FROM backstay.${table}`);
  });

  it('is listed by pages, with what it belongs to, and removed once; a second time does nothing', async () => {
    const blobs = new Blobs(database.pool);
    const shared = await blobs.put(Buffer.from('shared'), 'd1');
    await blobs.put(Buffer.from('shared'), 'd2');
    const own = await blobs.put(Buffer.from('own words'), 'd1');
    const outputs = rowsOf('output');
    const page = await outputs.list(later, '', 1);
    const all = [...page, ...(await outputs.list(later, page[0]?.id ?? '', 10))];
    expect(all.map(({ id }) => id)).toEqual([shared, own].toSorted());
    const found = await outputs.find(own);
    expect([found?.bytes, found?.deployments, await outputs.digest(own)]).toEqual([9, ['d1'], own]);
    expect((await outputs.find(shared))?.deployments.toSorted()).toEqual(['d1', 'd2']);
    expect(await outputs.list(found!.modifiedAt, '', 10)).not.toContainEqual(found);
    await outputs.remove(found!);
    await outputs.remove(found!);
    expect([await outputs.find(own), await blobs.get(own)]).toEqual([null, null]);
    expect(await blobs.get(shared)).toEqual(Buffer.from('shared'));
    await blobs.put(Buffer.from('own words'), 'd9');
    expect((await outputs.find(own))?.deployments).toEqual(['d9']);
  });

  it('keeps an output that was put there again since it was found', async () => {
    const blobs = new Blobs(database.pool);
    const sha256 = await blobs.put(Buffer.from('again'), 'd1');
    const found = await rowsOf('output').find(sha256);
    await blobs.put(Buffer.from('again'), 'd3');
    await rowsOf('output').remove(found!);
    expect(await blobs.get(sha256)).toEqual(Buffer.from('again'));
  });

  it('is of leases those of deployments that nobody holds', async () => {
    const leases = new Leases(database.pool);
    const take = async (name: string) => (await leases.acquire({ name, holder: 'h', ttlMs: 60_000 }))!.lease;
    for (const name of ['deployment-d1/execution', 'relay']) await leases.release(await take(name));
    await take('deployment-d2/execution');
    const [only, ...others] = await rowsOf('lease').list(later, '', 10);
    expect(await rowsOf('lease').digest(only!.id)).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'deployment-d1/execution', deployments: ['d1'], count: 1 });
    const held = await take('deployment-d1/execution');
    await rowsOf('lease').remove(only!);
    expect(await leases.holderOf('deployment-d1/execution')).toMatchObject({ token: held.token });
    await rowsOf('lease').remove({ ...only!, modifiedAt: later });
    expect(await leases.holderOf('deployment-d1/execution')).toMatchObject({ token: held.token });
    await leases.release(held);
    await rowsOf('lease').remove(only!);
    const [again] = await rowsOf('lease').list(later, '', 10);
    expect(again).toMatchObject({ id: 'deployment-d1/execution' });
    await rowsOf('lease').remove(again!);
    expect(await rowsOf('lease').list(later, '', 10)).toEqual([]);
  });

  it('is of idempotency keys all of an age at once, under a name that stays the same', async () => {
    const keys = new IdempotencyKeys(database.pool);
    for (const key of ['a', 'b']) await keys.begin('ann', key, 'print');
    const [found] = await rowsOf('idempotency-keys').list(later, '', 10);
    expect(found).toMatchObject({ count: 2, deployments: [] });
    expect(await rowsOf('idempotency-keys').digest(found!.id)).toMatch(/^[0-9a-f]{64}$/);
    await keys.begin('ann', 'c', 'print');
    expect(await rowsOf('idempotency-keys').find(found!.id)).toEqual(found);
    await rowsOf('idempotency-keys').remove(found!);
    expect(await rowsOf('idempotency-keys').find(found!.id)).toBeNull();
    expect(await rowsOf('idempotency-keys').list(later, '', 10)).toMatchObject([{ count: 1 }]);
  });

  it('is of parked messages each one, with the digest of its bytes', async () => {
    const message = { id: 'x:1', subject: 's', headers: {}, bytes: Buffer.from('abc'), reason: 'not JSON' };
    await new ParkedMessages(database.pool).park(message);
    const [found] = await rowsOf('parked-message').list(later, '', 10);
    expect(found).toMatchObject({ id: 'x:1', bytes: 3 });
    expect(await rowsOf('parked-message').digest('x:1')).toMatch(/^ba7816bf/);
    await rowsOf('parked-message').remove(found!);
    expect(await rowsOf('parked-message').list(later, '', 10)).toEqual([]);
  });
});
