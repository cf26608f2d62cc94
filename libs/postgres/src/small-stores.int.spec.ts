import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BlobTooLarge, Blobs, largestBlobBytes } from './blobs.ts';
import { migratedDatabase, type MigratedDatabase } from './database.test-support.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { Leases } from './leases/leases.ts';
import { OpenWork } from './open-work.ts';
import { ParkedMessages } from './parked-messages.ts';
import { StaleProjector } from './views/stale-projector.ts';

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

describe('open work', () => {
  const due = async (work: OpenWork, service: string) => (await work.due(service, 10)).map(({ stream }) => stream);

  it('is due at once or when its time has come, unless somebody works on it', async () => {
    const work = new OpenWork(database.pool);
    await work.upsert('execution', 'deployment-1', null);
    await work.upsert('execution', 'deployment-2', '2020-01-01T00:00:00.000Z');
    await work.upsert('execution', 'deployment-3', '2999-01-01T00:00:00.000Z');
    await work.upsert('monitoring', 'deployment-4', null);
    expect(await work.due('execution', 10)).toEqual([
      { stream: 'deployment-1', lease: '1/execution', wakeAt: null },
      { stream: 'deployment-2', lease: '2/execution', wakeAt: '2020-01-01T00:00:00.000Z' },
    ]);
    const leases = new Leases(database.pool);
    const lease = await leases.acquire({ name: '1/execution', holder: 'a', ttlMs: 60_000 });
    expect(await due(work, 'execution')).toEqual(['deployment-2']);
    await leases.release(lease!);
    await work.remove('execution', 'deployment-2');
    expect(await due(work, 'execution')).toEqual(['deployment-1']);
  });

  it('changes with its checkpoint, from the checkpoint it was read at', async () => {
    const work = new OpenWork(database.pool);
    expect(await work.checkpoint('planning')).toBeNull();
    await work.commit(
      'planning',
      [
        { stream: 's1', open: true, wakeAt: null },
        { stream: 's2', open: true, wakeAt: null },
      ],
      null,
      '1-1',
    );
    await work.commit(
      'planning',
      [
        { stream: 's1', open: true, wakeAt: null },
        { stream: 's1', open: false },
      ],
      '1-1',
      '1-2',
    );
    expect(await due(work, 'planning')).toEqual(['s2']);
    for (const from of [null, '1-1', '9-9']) {
      await expect(work.commit('planning', [{ stream: 's2', open: false }], from, '1-3')).rejects.toBeInstanceOf(
        StaleProjector,
      );
    }
    await expect(work.commit('rollback', [], '1-1', '1-2')).rejects.toBeInstanceOf(StaleProjector);
    expect(await due(work, 'planning')).toEqual(['s2']);
    expect(await work.checkpoint('planning')).toBe('1-2');
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
    const first = await parked.list(2);
    expect(first.map(({ id, size }) => [id, size])).toEqual([
      ['BACKSTAY_INTAKE:3', 3],
      ['BACKSTAY_INTAKE:2', 3],
    ]);
    expect((await parked.list(2, first.at(-1)!.id)).map(({ id }) => id)).toEqual(['BACKSTAY_INTAKE:1']);
  });
});
