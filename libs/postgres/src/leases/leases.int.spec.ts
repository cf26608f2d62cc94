import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, migratedDatabase, type MigratedDatabase } from '../database.test-support.ts';
import type { Fault } from '../faults.ts';
import { LeaseKeeper, LeaseLost, type LeaseKeeperOptions } from './lease-keeper.ts';
import { cleanRecord, Leases, type Acquisition, type Lease } from './leases.ts';

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

  it('are held by one, and a second one gets none, the holder itself included', async () => {
    const lease = { name: 'one', holder: 'a', token: 1 };
    expect(await leases.acquire({ name: 'one', holder: 'a', ttlMs: minute })).toEqual({
      taken: true,
      lease,
      record: cleanRecord,
      isContinued: true,
    });
    for (const holder of ['b', 'a'])
      expect(await leases.acquire({ name: 'one', holder, ttlMs: minute })).toEqual({ taken: false, lease });
  });

  it('go to exactly one of many who ask at once', async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, i) => leases.acquire({ name: 'race', holder: `h${i}`, ttlMs: minute })),
    );
    expect(asked.filter((each) => each?.taken)).toHaveLength(1);
  });

  it('give every acquisition a greater token, also greater than any seen in the stream', async () => {
    const first = await taken({ name: 'fence', holder: 'a', ttlMs: minute, atLeastToken: 7 });
    expect(first.token).toBe(8);
    expect(await leases.release(first)).toBe(true);
    const second = await taken({ name: 'fence', holder: 'b', ttlMs: minute, atLeastToken: 3 });
    expect(second.token).toBe(9);
    await leases.release(second);
    expect((await taken({ name: 'fence', holder: 'c', ttlMs: minute, atLeastToken: 20 })).token).toBe(21);
  });

  it('expire by the database’s time; then another takes over and the former holder is fenced off', async () => {
    const former = await taken({ name: 'takeover', holder: 'a', ttlMs: minute });
    expect([...(await leases.renew([former], minute))]).toEqual(['takeover']);
    await expire('takeover');
    expect(await leases.holderOf('takeover')).toBeNull();
    expect(await leases.renew([former], minute)).toEqual(new Set());
    const successor = await taken({ name: 'takeover', holder: 'b', ttlMs: minute });
    expect(successor.token).toBeGreaterThan(former.token);
    expect(await leases.renew([former], minute)).toEqual(new Set());
    expect(await leases.release(former)).toBe(false);
    expect(await leases.holderOf('takeover')).toEqual(successor);
  });

  it('tell which of many names are held', async () => {
    await leases.acquire({ name: 'live-1', holder: 'a', ttlMs: minute });
    await leases.acquire({ name: 'live-2', holder: 'a', ttlMs: minute });
    await expire('live-2');
    expect([...(await leases.live(['live-1', 'live-2', 'live-3'])).keys()]).toEqual(['live-1']);
  });

  it('are renewed together in one statement, each for itself', async () => {
    const [kept, lost] = [
      await taken({ name: 'kept-1', holder: 'a', ttlMs: minute }),
      await taken({ name: 'kept-2', holder: 'a', ttlMs: minute }),
    ];
    await expire('kept-2');
    expect([...(await leases.renew([kept, lost], minute))]).toEqual(['kept-1']);
  });

  it('are taken at once instead of a holder that is known to be dead, by one of those who ask', async () => {
    const dead = await taken({ name: 'orphan', holder: 'dead', ttlMs: minute });
    const asked = await Promise.all(
      ['b', 'c', 'd'].map((holder) => leases.acquire({ name: 'orphan', holder, ttlMs: minute, instead: dead })),
    );
    const successors = asked.filter((each) => each?.taken);
    expect(successors).toHaveLength(1);
    expect(successors[0]?.lease.token).toBeGreaterThan(dead.token);
    expect(await leases.release(dead)).toBe(false);
  });

  it('tell who takes them whether anybody else has held them since', async () => {
    const take = async (holder: string) => {
      const acquired = await leases.acquire({ name: 'continued', holder, ttlMs: minute });
      if (acquired?.taken !== true) throw new Error('held');
      await leases.release(acquired.lease);
      return acquired.isContinued;
    };
    expect([await take('a'), await take('a'), await take('b'), await take('a'), await take('a')]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it('remember faults and deaths of the work under them, and forget them after progress', async () => {
    const name = 'recorded';
    const recordOf = async (holder: string) => {
      const acquired = await leases.acquire({ name, holder, ttlMs: minute });
      if (acquired?.taken !== true) throw new Error('held');
      return acquired;
    };
    const first = await recordOf('a');
    await leases.release(first.lease, { deaths: 0, faults: 3, effect: 'perform-step deploy.1 1' });
    const second = await recordOf('b');
    expect(second.record).toEqual({ deaths: 0, faults: 3, effect: 'perform-step deploy.1 1' });
    await expire(name);
    expect((await recordOf('c')).record).toMatchObject({ deaths: 1, faults: 3 });
    await expire(name);
    const fourth = await recordOf('d');
    expect(fourth.record).toMatchObject({ deaths: 2 });
    await leases.release(fourth.lease);
    expect((await recordOf('e')).record).toEqual(cleanRecord);
  });

  it('count no death of a holder that had worked for long', async () => {
    const name = 'long-lived';
    await taken({ name, holder: 'a', ttlMs: minute });
    await database.pool.query(
      `UPDATE backstay.leases SET taken_at = clock_timestamp() - interval '5 minutes', expires_at = clock_timestamp() WHERE name = $1`,
      [name],
    );
    expect(await leases.acquire({ name, holder: 'b', ttlMs: minute })).toMatchObject({ record: { deaths: 0 } });
  });

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
  });
});
