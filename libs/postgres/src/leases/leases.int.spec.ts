import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, migratedDatabase, type MigratedDatabase } from '../database.test-support.ts';
import type { Fault } from '../faults.ts';
import { LeaseKeeper, LeaseLost } from './lease-keeper.ts';
import { Leases } from './leases.ts';

describe('leases', () => {
  let database: MigratedDatabase;
  let leases: Leases;

  beforeAll(async () => {
    database = await migratedDatabase();
    leases = new Leases(database.pool);
  });
  afterAll(() => database.close());

  /** Lets a lease expire by the only clock that counts. */
  const expire = (name: string) =>
    database.pool.query(`UPDATE backstay.leases SET expires_at = clock_timestamp() WHERE name = $1`, [name]);
  const minute = 60_000;

  it('are held by one, and a second one gets none, the holder itself included', async () => {
    expect(await leases.acquire({ name: 'one', holder: 'a', ttlMs: minute })).toEqual({
      name: 'one',
      holder: 'a',
      token: 1,
    });
    expect(await leases.acquire({ name: 'one', holder: 'b', ttlMs: minute })).toBeNull();
    expect(await leases.acquire({ name: 'one', holder: 'a', ttlMs: minute })).toBeNull();
  });

  it('go to exactly one of many who ask at once', async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, i) => leases.acquire({ name: 'race', holder: `h${i}`, ttlMs: minute })),
    );
    expect(asked.filter(Boolean)).toHaveLength(1);
  });

  it('give every acquisition a greater token, also greater than any seen in the stream', async () => {
    const first = await leases.acquire({ name: 'fence', holder: 'a', ttlMs: minute, atLeastToken: 7 });
    expect(first?.token).toBe(8);
    expect(await leases.release(first!)).toBe(true);
    const second = await leases.acquire({ name: 'fence', holder: 'b', ttlMs: minute, atLeastToken: 3 });
    expect(second?.token).toBe(9);
    await leases.release(second!);
    expect((await leases.acquire({ name: 'fence', holder: 'c', ttlMs: minute, atLeastToken: 20 }))?.token).toBe(21);
  });

  it('expire by the database’s time; then another takes over and the former holder is fenced off', async () => {
    const former = await leases.acquire({ name: 'takeover', holder: 'a', ttlMs: minute });
    expect(await leases.renew(former!, minute)).toBe(true);
    await expire('takeover');
    expect(await leases.holderOf('takeover')).toBeNull();
    expect(await leases.renew(former!, minute)).toBe(false);
    const heir = await leases.acquire({ name: 'takeover', holder: 'b', ttlMs: minute });
    expect(heir!.token).toBeGreaterThan(former!.token);
    expect(await leases.renew(former!, minute)).toBe(false);
    expect(await leases.release(former!)).toBe(false);
    expect(await leases.holderOf('takeover')).toEqual(heir);
  });

  it('tell which of many names are held', async () => {
    await leases.acquire({ name: 'live-1', holder: 'a', ttlMs: minute });
    await leases.acquire({ name: 'live-2', holder: 'a', ttlMs: minute });
    await expire('live-2');
    expect([...(await leases.live(['live-1', 'live-2', 'live-3'])).keys()]).toEqual(['live-1']);
  });

  describe('kept by a keeper', () => {
    it('stay held for longer than their time, and end with the release', async () => {
      const keeper = await LeaseKeeper.take(leases, { name: 'kept', holder: 'a', ttlMs: 2_000, renewEveryMs: 20 });
      const expiry = async () => {
        const { rows } = await database.pool.query<{ at: Date }>(
          `SELECT expires_at AS at FROM backstay.leases WHERE name = 'kept'`,
        );
        return rows[0]!.at.getTime();
      };
      const first = await expiry();
      await eventually(async () => (await expiry()) > first + 2_000);
      expect(keeper!.signal.aborted).toBe(false);
      await keeper!.release();
      await keeper!.release();
      expect(await leases.holderOf('kept')).toBeNull();
      expect(keeper!.signal.aborted).toBe(false);
    });

    it('give no keeper while somebody else holds them', async () => {
      await leases.acquire({ name: 'taken', holder: 'a', ttlMs: minute });
      expect(await LeaseKeeper.take(leases, { name: 'taken', holder: 'b' })).toBeNull();
    });

    it('abort the signal when they were taken over', async () => {
      const keeper = await LeaseKeeper.take(leases, { name: 'stolen', holder: 'a', ttlMs: 20_000, renewEveryMs: 20 });
      await expire('stolen');
      if (!keeper!.signal.aborted) await once(keeper!.signal, 'abort');
      expect(keeper!.signal.reason).toBeInstanceOf(LeaseLost);
      expect(keeper!.signal.reason).toMatchObject({ lease: keeper!.lease });
    });

    it('abort the signal in time when the database is away', async () => {
      const pool = database.connect();
      const faults: Fault[] = [];
      const onFault = (fault: Fault) => void faults.push(fault);
      const keeper = await LeaseKeeper.take(new Leases(pool), {
        name: 'cut-off',
        holder: 'a',
        ttlMs: 400,
        renewEveryMs: 20,
        onFault,
      });
      pool.query = () => Promise.reject(new Error('the database is away')) as never;
      await once(keeper!.signal, 'abort');
      expect((keeper!.signal.reason as Error).message).toContain('could not be renewed in time');
      expect(faults[0]).toMatchObject({ operation: 'renew lease', failures: 1 });
    });
  });
});
