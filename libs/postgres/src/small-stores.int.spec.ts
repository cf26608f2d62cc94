import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@backstay/local-platform/testing';
import { BlobTooLarge, Blobs, largestBlobBytes } from './blobs.ts';
import { migratedDatabase, type MigratedDatabase } from './database.test-support.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
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
    const sha256 = await blobs.put(content);
    expect(await blobs.put(new Uint8Array([9, 0, 1, 255, 0]).subarray(1))).toBe(sha256);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await blobs.get(sha256)).toEqual(content);
    expect(await blobs.get('0'.repeat(64))).toBeNull();
  });

  it('have a largest size', async () => {
    await expect(new Blobs(database.pool).put(new Uint8Array(largestBlobBytes + 1))).rejects.toBeInstanceOf(
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

  it('give a repeated request the answer of the first', async () => {
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

  it('are swept by age, a bounded number at a time', async () => {
    const keys = new IdempotencyKeys(database.pool);
    expect(await keys.sweep(3_600_000)).toBe(0);
    expect(await keys.sweep(0, 2)).toBe(2);
    while ((await keys.sweep(0, 2)) > 0);
    expect(await keys.begin('ann', 'k1', 'anything')).toMatchObject({ state: 'started' });
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
