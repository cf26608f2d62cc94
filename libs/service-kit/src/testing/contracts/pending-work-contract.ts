import { afterAll, beforeEach, beforeAll, describe, expect, it } from 'vitest';
import { workLease, type Leases, type PendingChange } from '@backstay/postgres';
import type { PendingWorkPort } from '../../worker/ports.ts';

export interface PendingWorkUnderTest {
  readonly pending: PendingWorkPort;
  readonly leases: Pick<Leases, 'acquire'>;
  /** Nothing is written down, and nobody holds a lease. */
  clear(): Promise<void>;
  /** As if the clock of the tables had been set back by so much since a lease was taken. */
  setBack(lease: string, milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

const machine = 'here/';
const [past, future] = ['2020-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'];
const wake = (stream: string, version: number, phase = 'execution'): PendingChange => ({
  phase,
  stream,
  version,
  kind: 'wake',
});
const sleep = (stream: string, version: number, wakeAt: string): PendingChange => ({
  phase: 'execution',
  stream,
  version,
  kind: 'sleep',
  wakeAt,
});
const none = (stream: string, version: number): PendingChange => ({
  phase: 'execution',
  stream,
  version,
  kind: 'none',
});
/** How far a writer has followed the events. */
const at = (cursor: string, phase = 'execution') => new Map([[phase, cursor]]);

/** What every table of pending work guarantees its callers. */
export function pendingWorkContract(name: string, open: () => Promise<PendingWorkUnderTest>): void {
  describe(`pending work, ${name}`, () => {
    let subject: PendingWorkUnderTest;
    let pending: PendingWorkPort;
    beforeAll(async () => {
      subject = await open();
      ({ pending } = subject);
    });
    beforeEach(() => subject.clear());
    afterAll(() => subject?.close());

    const dueOf = async (phase = 'execution') =>
      (await pending.look([phase], 10, machine)).due.map(({ stream }) => stream);

    it('whose lease is of before the clock was set back is found, so that the lease is looked at', async () => {
      const lease = workLease('execution', 'deployment-1');
      await pending.write([wake('deployment-1', 1)], at('0-1'));
      await subject.leases.acquire({ name: lease, holder: 'there/1', ttlMs: 60_000 });
      expect(await dueOf()).toEqual([]);
      await subject.setBack(lease, 3_600_000);
      expect(await dueOf()).toEqual(['deployment-1']);
    });

    it('is due at once or when its time has come, the longest waiting first', async () => {
      await pending.write(
        [
          sleep('deployment-2', 1, past),
          wake('deployment-1', 1),
          sleep('deployment-3', 1, future),
          wake('deployment-4', 1, 'monitoring'),
        ],
        at('0-1'),
      );
      expect(await dueOf()).toEqual(['deployment-1', 'deployment-2']);
      expect((await pending.look(['execution', 'monitoring'], 10, machine)).due).toHaveLength(3);
      expect((await pending.look(['execution', 'monitoring'], 2, machine)).due).toHaveLength(2);
      await pending.write([none('deployment-1', 1)], at('0-1'));
      expect(await dueOf()).toEqual(['deployment-2']);
    });

    it('is nobody else’s while somebody works on it, unless the holder is of the same machine and may be dead', async () => {
      await pending.write([wake('deployment-1', 1), wake('deployment-2', 1)], at('0-1'));
      await subject.leases.acquire({ name: workLease('execution', 'deployment-1'), holder: 'there/1', ttlMs: 60_000 });
      await subject.leases.acquire({ name: workLease('execution', 'deployment-2'), holder: 'here/2', ttlMs: 60_000 });
      expect((await pending.look(['execution'], 10, machine)).due).toEqual([
        { phase: 'execution', stream: 'deployment-2', holder: 'here/2' },
      ]);
    });

    it('never lets a sleep that was written later replace the wake-up of a newer version', async () => {
      await pending.write([wake('deployment-1', 5)], at('0-5'));
      await pending.write([sleep('deployment-1', 4, future)], at('0-9'));
      await pending.write([none('deployment-1', 4)], at('0-9'));
      expect(await dueOf()).toEqual(['deployment-1']);
      await pending.write([sleep('deployment-1', 5, future)], at('0-9'));
      expect(await dueOf()).toEqual([]);
    });

    it('does not wake again for a version that was taken into account', async () => {
      await pending.write([sleep('deployment-1', 5, future)], at('0-5'));
      await pending.write([wake('deployment-1', 5)], at('0-5'));
      expect(await dueOf()).toEqual([]);
      await pending.write([wake('deployment-1', 6)], at('0-6'));
      expect(await dueOf()).toEqual(['deployment-1']);
    });

    describe('that another stream’s event wakes', () => {
      it('is due, whatever was known of its own stream', async () => {
        await pending.write([sleep('deployment-1', 5, future)], at('0-5'));
        await pending.write([wake('deployment-1', 0)], at('0-6'));
        expect(await dueOf()).toEqual(['deployment-1']);
      });

      it.each([
        ['sleep', sleep('deployment-1', 5, future)],
        ['end', none('deployment-1', 5)],
      ])('is not put to %s by who has not followed the events so far', async (_how, settled) => {
        await pending.write([wake('deployment-1', 0)], at('1-6'));
        await pending.write([settled], at('0-70'));
        await pending.write([settled], at('1-5'));
        await pending.write([settled], new Map());
        expect(await dueOf()).toEqual(['deployment-1']);
        await pending.write([settled], at('1-6'));
        expect(await dueOf()).toEqual([]);
      });
    });

    it('keeps one checkpoint of each phase, which only rises', async () => {
      const checkpoints = async () => (await pending.look(['planning', 'execution'], 10, machine)).checkpoints;
      expect(await checkpoints()).toEqual(new Map());
      await pending.write([], at('9-100', 'planning'));
      await pending.write([], new Map([...at('10-7', 'planning'), ...at('1-1')]));
      await pending.write([], at('9-200', 'planning'));
      expect(await checkpoints()).toEqual(new Map([...at('10-7', 'planning'), ...at('1-1')]));
    });

    it('comes out the same whichever of many writers is first', async () => {
      await pending.write([], at('0-1'));
      const writers = Array.from({ length: 8 }, (_, index) =>
        pending.write(
          [
            ...(index % 2 === 0 ? [sleep('deployment-1', index, future)] : [wake('deployment-1', index)]),
            index === 3 ? wake('deployment-2', 0) : sleep('deployment-2', 2, future),
          ],
          at(index === 3 ? '0-9' : '0-3'),
        ),
      );
      await Promise.all(writers);
      expect((await dueOf()).sort()).toEqual(['deployment-1', 'deployment-2']);
    });
  });
}
