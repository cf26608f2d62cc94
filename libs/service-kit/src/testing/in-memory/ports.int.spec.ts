import { afterAll } from 'vitest';
import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { connect, Leases, migrate, PendingWork } from '@backstay/postgres';
import { leasesContract } from '../contracts/leases-contract.ts';
import { pendingWorkContract } from '../contracts/pending-work-contract.ts';
import { InMemoryLeases } from './leases.ts';
import { InMemoryPendingWork } from './pending-work.ts';

afterAll(stopTestParts);

const begin = Date.parse('2026-01-01T00:00:00.000Z');

/** What was taken before a clock was set back lies in its future. */
const later = (milliseconds: number): string =>
  ['expires_at', 'taken_at'].map((time) => `${time} = ${time} + interval '${milliseconds} milliseconds'`).join(', ');

async function database() {
  const { url, drop } = await testDatabase();
  const pool = connect({ url });
  await migrate(pool);
  const close = async () => {
    await pool.end();
    await drop();
  };
  return { pool, close };
}

leasesContract('in memory', () => {
  let now = begin;
  const leases = new InMemoryLeases(() => now);
  return Promise.resolve({
    leases,
    expire: (name) => Promise.resolve(leases.expire(name)),
    // Its last renewal was at the time that it has now.
    age: async (name, milliseconds) => {
      const lease = await leases.holderOf(name);
      for (const end = now + milliseconds; now < end; now += 30_000) await leases.renew(lease ? [lease] : [], 60_000);
    },
    setBack: (_name, milliseconds) => Promise.resolve(void (now -= milliseconds)),
    leftMs: (name) => Promise.resolve(leases.leftMs(name)),
    close: () => Promise.resolve(),
  });
});

leasesContract('in PostgreSQL', async () => {
  const { pool, close } = await database();
  const set = (what: string) => async (name: string) =>
    void (await pool.query(`UPDATE backstay.leases SET ${what} WHERE name = $1`, [name]));
  return {
    leases: new Leases(pool),
    expire: set('expires_at = clock_timestamp()'),
    setBack: (name, milliseconds) => set(later(milliseconds))(name),
    leftMs: async (name) => {
      const left = 'extract(epoch FROM expires_at - clock_timestamp())::float8 * 1000 AS left';
      return (await pool.query<{ left: number }>(`SELECT ${left} FROM backstay.leases WHERE name = $1`, [name]))
        .rows[0]!.left;
    },
    age: (name, milliseconds) => set(`taken_at = clock_timestamp() - interval '${milliseconds} milliseconds'`)(name),
    close,
  };
});

pendingWorkContract('in memory', () => {
  const tables = () => {
    const clock = { now: begin };
    const nowMs = () => clock.now;
    const leases = new InMemoryLeases(nowMs);
    return { clock, leases, pending: new InMemoryPendingWork(nowMs, (lease) => leases.heldBy(lease)) };
  };
  let present = tables();
  return Promise.resolve({
    pending: {
      look: (...look) => present.pending.look(...look),
      write: (...write) => present.pending.write(...write),
    },
    leases: { acquire: (acquisition) => present.leases.acquire(acquisition) },
    clear: () => {
      present = tables();
      return Promise.resolve();
    },
    setBack: (_lease, milliseconds) => Promise.resolve(void (present.clock.now -= milliseconds)),
    close: () => Promise.resolve(),
  });
});

pendingWorkContract('in PostgreSQL', async () => {
  const { pool, close } = await database();
  return {
    pending: new PendingWork(pool),
    leases: new Leases(pool),
    clear: async () =>
      void (await pool.query('TRUNCATE backstay.pending_work, backstay.pending_work_checkpoints, backstay.leases')),
    setBack: async (lease, milliseconds) =>
      void (await pool.query(`UPDATE backstay.leases SET ${later(milliseconds)} WHERE name = $1`, [lease])),
    close,
  };
});
