import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@backstay/local-platform/testing';
import { migratedDatabase, type MigratedDatabase } from '../database.test-support.ts';
import type { Fault } from '../faults.ts';
import { LeaseKeeper, LeaseLost, type LeaseKeeperOptions } from './lease-keeper.ts';
import { Leases, type Acquisition, type Lease } from './leases.ts';

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

  async function taken(acquisition: Acquisition): Promise<Lease> {
    const acquired = await leases.acquire(acquisition);
    if (acquired?.taken !== true) throw new Error(`${acquisition.name} is held`);
    return acquired.lease;
  }

  describe('kept by a keeper', () => {
    const keeperOf = (options: Partial<LeaseKeeperOptions> = {}, of = leases) =>
      new LeaseKeeper(of, { holder: 'a', ...options });

    it('stay held for longer than their time, and end with the release', async () => {
      const held = await keeperOf({ ttlMs: 2_000, renewEveryMs: 20 }).take({ name: 'kept' });
      const expiry = async () => {
        const { rows } = await database.pool.query<{ at: Date }>(
          `SELECT expires_at AS at FROM backstay.leases WHERE name = 'kept'`,
        );
        return rows[0]!.at.getTime();
      };
      const first = await expiry();
      await eventually(async () => (await expiry()) > first + 2_000);
      expect(held!.signal.aborted).toBe(false);
      await held!.release();
      await held!.release();
      expect(await leases.holderOf('kept')).toBeNull();
      expect(held!.signal.aborted).toBe(false);
    });

    it('are renewed by one statement, however many there are', async () => {
      const pool = database.connect();
      const statements: string[] = [];
      const query = pool.query.bind(pool) as (config: object) => Promise<unknown>;
      pool.query = ((config: { name: string }) => {
        statements.push(config.name);
        return query(config);
      }) as never;
      const keeper = keeperOf({ ttlMs: 2_000, renewEveryMs: 50 }, new Leases(pool));
      const held = await Promise.all([1, 2, 3, 4, 5].map((n) => keeper.take({ name: `together-${n}` })));
      await eventually(() => Promise.resolve(statements.filter((name) => name.endsWith('renew')).length >= 2));
      const renewals = statements.filter((name) => name.endsWith('renew')).length;
      expect(renewals).toBeLessThan(10);
      expect(held.every((each) => each?.signal.aborted === false)).toBe(true);
      for (const each of held) await each?.release();
    });

    it('are not given while somebody else holds them', async () => {
      await taken({ name: 'taken', holder: 'a', ttlMs: minute });
      expect(await keeperOf({ holder: 'b' }).take({ name: 'taken' })).toBeNull();
    });

    it('are given at once when their holder is dead', async () => {
      const dead = await taken({ name: 'left', holder: 'here/1', ttlMs: minute });
      const held = await keeperOf({ holder: 'b', isDead: (holder) => holder === 'here/1' }).take({ name: 'left' });
      expect(held?.token).toBeGreaterThan(dead.token);
      await held?.release();
    });

    it('abort the signal when they were taken over', async () => {
      const held = await keeperOf({ ttlMs: 20_000, renewEveryMs: 20 }).take({ name: 'stolen' });
      await expire('stolen');
      if (!held!.signal.aborted) await once(held!.signal, 'abort');
      expect(held!.signal.reason).toBeInstanceOf(LeaseLost);
      expect(held!.signal.reason).toMatchObject({ lease: { name: 'stolen', holder: 'a', token: held!.token } });
    });

    it('abort the signal in time when the database is away', async () => {
      const pool = database.connect();
      const faults: Fault[] = [];
      const onFault = (fault: Fault) => void faults.push(fault);
      const keeper = keeperOf({ ttlMs: 400, renewEveryMs: 20, onFault }, new Leases(pool));
      const held = await keeper.take({ name: 'cut-off' });
      pool.query = () => Promise.reject(new Error('the database is away')) as never;
      await once(held!.signal, 'abort');
      expect((held!.signal.reason as Error).message).toContain('could not be renewed in time');
      expect(faults[0]).toMatchObject({ operation: 'renew leases', failures: 1 });
    });

    it('are renewed by another connection when the first one does not respond', async () => {
      const pool = database.connect();
      const faults: Fault[] = [];
      const keeper = keeperOf(
        { ttlMs: 6_000, renewEveryMs: 100, onFault: (fault) => void faults.push(fault) },
        new Leases(pool),
      );
      const held = await keeper.take({ name: 'hanging' });
      const query = pool.query.bind(pool) as (config: object) => Promise<unknown>;
      let asked = 0;
      let respond = (): void => {};
      const renewed = new Promise<void>((resolve) => (respond = resolve));
      pool.query = (async (config: object) => {
        asked += 1;
        if (asked === 1) return new Promise(() => {});
        const reply = await query(config);
        respond();
        return reply;
      }) as never;
      await renewed;
      expect(held!.signal.aborted).toBe(false);
      expect(faults).toMatchObject([{ operation: 'renew leases', failures: 1 }]);
      expect(faults[0]?.error.message).toBe('no response within 100 ms');
      await held!.release();
    });
  });
});
