import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanRecord, type Acquisition, type Lease, type Leases } from '@backstay/postgres';

export interface LeasesUnderTest {
  readonly leases: Pick<Leases, 'acquire' | 'renew' | 'release' | 'live' | 'holderOf'>;
  /** Lets a lease expire now, by the clock of the table. */
  expire(name: string): Promise<void>;
  /** As if a lease had been taken so long before. */
  age(name: string, milliseconds: number): Promise<void>;
  /** As if the clock of the table had been set back by so much since a lease was taken. */
  setBack(name: string, milliseconds: number): Promise<void>;
  /** Milliseconds until a lease ends. */
  leftMs(name: string): Promise<number>;
  close(): Promise<void>;
}

const minute = 60_000;

/** What every table of leases guarantees its callers. */
export function leasesContract(name: string, open: () => Promise<LeasesUnderTest>): void {
  describe(`leases, ${name}`, () => {
    let subject: LeasesUnderTest;
    let leases: LeasesUnderTest['leases'];
    beforeAll(async () => {
      subject = await open();
      ({ leases } = subject);
    });
    afterAll(() => subject?.close());

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

    it('whose holder is silent last for their time, and no longer, when the clock of the table was set back', async () => {
      const former = await taken({ name: 'set-back', holder: 'a', ttlMs: minute });
      await subject.setBack('set-back', 60 * minute);
      expect(await leases.acquire({ name: 'set-back', holder: 'b', ttlMs: minute })).toMatchObject({ taken: false });
      expect(await subject.leftMs('set-back')).toBeLessThanOrEqual(minute);
      expect([...(await leases.renew([former], minute))]).toEqual(['set-back']);
      await subject.expire('set-back');
      expect((await taken({ name: 'set-back', holder: 'b', ttlMs: minute })).token).toBeGreaterThan(former.token);
    });

    it('expire by the clock of the table; then another takes over and the former holder is fenced off', async () => {
      const former = await taken({ name: 'takeover', holder: 'a', ttlMs: minute });
      expect([...(await leases.renew([former], minute))]).toEqual(['takeover']);
      await subject.expire('takeover');
      expect(await leases.holderOf('takeover')).toBeNull();
      expect(await leases.renew([former], minute)).toEqual(new Set());
      const successor = await taken({ name: 'takeover', holder: 'b', ttlMs: minute });
      expect(successor.token).toBeGreaterThan(former.token);
      expect(await leases.renew([former], minute)).toEqual(new Set());
      expect(await leases.release(former)).toBe(false);
      expect(await leases.holderOf('takeover')).toEqual(successor);
    });

    it('say which of many names are held', async () => {
      await taken({ name: 'live-1', holder: 'a', ttlMs: minute });
      await taken({ name: 'live-2', holder: 'a', ttlMs: minute });
      await subject.expire('live-2');
      expect([...(await leases.live(['live-1', 'live-2', 'live-3'])).keys()]).toEqual(['live-1']);
    });

    it('are renewed together, each for itself', async () => {
      const kept = await taken({ name: 'kept-1', holder: 'a', ttlMs: minute });
      const lost = await taken({ name: 'kept-2', holder: 'a', ttlMs: minute });
      await subject.expire('kept-2');
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

    it('say to who takes them whether anybody else has held them since', async () => {
      const take = async (holder: string) => {
        const acquired = await leases.acquire({ name: 'continued', holder, ttlMs: minute });
        if (acquired?.taken !== true) throw new Error('held');
        await leases.release(acquired.lease);
        return acquired.isContinued;
      };
      const taken = [await take('a'), await take('a'), await take('b'), await take('a'), await take('a')];
      expect(taken).toEqual([true, true, false, false, true]);
    });

    it('remember faults and deaths of the work under them, and forget them after progress', async () => {
      const recorded = { name: 'recorded', ttlMs: minute };
      const first = await taken({ ...recorded, holder: 'a' });
      await leases.release(first, { deaths: 0, faults: 3, effect: 'perform-step deploy.1 1' });
      const second = await leases.acquire({ ...recorded, holder: 'b' });
      expect(second).toMatchObject({ record: { deaths: 0, faults: 3, effect: 'perform-step deploy.1 1' } });
      await subject.expire('recorded');
      expect(await leases.acquire({ ...recorded, holder: 'c' })).toMatchObject({ record: { deaths: 1, faults: 3 } });
      await subject.expire('recorded');
      const fourth = await leases.acquire({ ...recorded, holder: 'd' });
      expect(fourth).toMatchObject({ record: { deaths: 2 } });
      if (fourth?.taken === true) await leases.release(fourth.lease);
      expect(await leases.acquire({ ...recorded, holder: 'e' })).toMatchObject({ record: cleanRecord });
    });

    it('count no death of a holder that had worked for long', async () => {
      await taken({ name: 'long-lived', holder: 'a', ttlMs: minute });
      await subject.age('long-lived', 5 * minute);
      await subject.expire('long-lived');
      expect(await leases.acquire({ name: 'long-lived', holder: 'b', ttlMs: minute })).toMatchObject({
        record: { deaths: 0 },
      });
    });
  });
}
