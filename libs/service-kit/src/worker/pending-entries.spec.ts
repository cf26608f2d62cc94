import { describe, expect, it } from 'vitest';
import type { PendingChange } from '@backstay/postgres';
import { PendingEntries } from './pending-entries.ts';

const stream = 'deployment-d-1';
const phase = 'planning';
const wakeAt = '2026-01-01T08:00:00.000Z';
const later = '2026-01-01T09:00:00.000Z';
const cursor = (position: number): string => `1-${position}`;
const upTo = (position: number) => (_phase: string, each: string) => Number(each.split('-')[1]) <= position;

const woken = (version: number): PendingChange => ({ phase, stream, version, kind: 'wake' });
const asleep = (version: number, at = wakeAt): PendingChange => ({ phase, stream, version, kind: 'sleep', wakeAt: at });
const nothing = (version: number): PendingChange => ({ phase, stream, version, kind: 'none' });

/** What happens to the entry of one stream. */
type Act = (entries: PendingEntries) => void;
const wake =
  (version: number, position = version): Act =>
  (entries) =>
    entries.wake({ phase, stream, version }, cursor(position));
const settle =
  (change: PendingChange, acted = false): Act =>
  (entries) =>
    entries.settle(change, acted);
const found: Act = (entries) => entries.isInTable(phase, stream);
const writeAll: Act = (entries) => entries.written(entries.changes(false, true) ?? []);

function after(...acts: readonly Act[]): PendingEntries {
  const entries = new PendingEntries();
  for (const act of acts) act(entries);
  return entries;
}

/** At the end, when everything is written that is not yet; null: nothing is. */
const written = (...acts: readonly Act[]) => after(...acts).changes(false, true);

describe('what is written down of a stream', () => {
  it.each<[string, readonly Act[], readonly PendingChange[] | null]>([
    ['nothing, of which nothing is known', [], null],
    ['that it is woken by an event of its own', [wake(3)], [woken(3)]],
    ['the newer of two wake-ups', [wake(3), wake(5)], [woken(5)]],
    ['the newer of two wake-ups, also when it comes first', [wake(5), wake(3)], [woken(5)]],
    ['that another stream wakes it, whatever its own has', [wake(0), wake(3)], [woken(0)]],
    ['that another stream wakes it, after its own', [wake(3), wake(0)], [woken(0)]],
    ['a sleep, which an event that it has seen does not end', [settle(asleep(5)), wake(5)], [asleep(5)]],
    ['that an event which it has not seen ends a sleep', [settle(asleep(5)), wake(6)], [woken(6)]],
    ['that an event of another stream ends a sleep', [settle(asleep(5)), wake(0)], [woken(0)]],
    ['a wake-up, which a sleep at an older version does not replace', [wake(6), settle(asleep(5))], [woken(6)]],
    ['a wake-up, which nothing at an older version does not replace', [wake(6), settle(nothing(5))], [woken(6)]],
    ['a sleep that has seen the event', [wake(6), settle(asleep(6))], [asleep(6)]],
    ['a sleep of a worker that was woken by another stream', [wake(0), settle(asleep(5))], [asleep(5)]],
    ['the last of two sleeps', [settle(asleep(5)), settle(asleep(5, later))], [asleep(5, later)]],
    ['nothing, where nothing is to be done', [settle(nothing(5))], null],
    ['nothing, where nothing is to be done any more', [wake(5), settle(nothing(5))], null],
    ['that nothing is to be done, where the table has a row', [found, settle(nothing(5))], [nothing(5)]],
    ['that nothing is to be done, where a row was written', [wake(5), writeAll, settle(nothing(5))], [nothing(5)]],
    ['nothing, where it is written already', [settle(asleep(5)), writeAll], null],
    ['nothing, where the row is deleted already', [found, settle(nothing(5)), writeAll, settle(nothing(6))], null],
  ])('is %s', (_what, acts, changes) => {
    expect(written(...acts)).toEqual(changes);
  });

  it('is what came while it was written, too', () => {
    const entries = after(settle(asleep(5)));
    const changes = entries.changes(false, true)!;
    entries.settle(asleep(6), false);
    entries.written(changes);
    expect(entries.changes(false, true)).toEqual([asleep(6)]);
  });

  it('may be in the table as soon as the statement has begun', () => {
    const entries = after(settle(asleep(5)));
    entries.changes(false, true);
    entries.settle(nothing(6), false);
    expect(entries.changes(false, true)).toEqual([nothing(6)]);
  });

  it('is kept for each phase apart', () => {
    const entries = after(wake(3));
    entries.settle({ ...nothing(3), phase: 'execution' }, true);
    expect(entries.changes(false, true)).toEqual([woken(3)]);
  });
});

describe('when it is written down', () => {
  /** The look, counted from one, at which something is written; 0: at none of ten. */
  function writtenAtLook(entries: PendingEntries, isBehind = false): number {
    for (let look = 1; look <= 10; look += 1) if (entries.changes(isBehind, false) !== null) return look;
    return 0;
  }

  it.each<[string, readonly Act[], number]>([
    ['at once, what this process has acted on', [settle(asleep(5), true)], 1],
    ['at once, where it acted and has only looked since', [settle(asleep(5), true), settle(asleep(5))], 1],
    ['at the third look, what nobody here has acted on', [wake(5)], 3],
    [
      'at the third look, however often it was settled since',
      [wake(5), (all) => all.changes(false, false), settle(asleep(5))],
      2,
    ],
    ['never, where nothing is to be done', [settle(nothing(5), true)], 0],
  ])('is %s', (_what, acts, look) => {
    expect(writtenAtLook(after(...acts))).toBe(look);
  });

  it('is with all the rest, as soon as one of it is due', () => {
    const entries = after(wake(5));
    const other = { ...asleep(2), stream: 'deployment-d-2' };
    entries.settle(other, true);
    expect(entries.changes(false, false)).toEqual([woken(5), other]);
  });

  it('is the checkpoint alone at the sixth look that found it behind, one after the other', () => {
    const entries = new PendingEntries();
    for (let look = 1; look <= 5; look += 1) expect(entries.changes(true, false)).toBeNull();
    expect(entries.changes(false, false)).toBeNull();
    expect(writtenAtLook(entries, true)).toBe(6);
    entries.written([]);
    expect(writtenAtLook(entries, true)).toBe(6);
  });
});

describe('what others have taken into account', () => {
  it.each<[string, readonly Act[], readonly PendingChange[] | null]>([
    ['is forgotten', [wake(3)], null],
    [
      'is forgotten, also where a worker here has looked and found nothing to act on',
      [wake(3), settle(asleep(3))],
      null,
    ],
    ['is kept where this process has acted', [wake(3), settle(asleep(3), true)], [asleep(3)]],
    ['is kept where a later event has come, although its version is known', [wake(3, 3), wake(3, 4)], [woken(3)]],
    ['is kept where time alone caused it', [settle(asleep(3))], [asleep(3)]],
  ])('%s', (_what, acts, changes) => {
    const entries = after(...acts);
    entries.dropCovered(upTo(3));
    expect(entries.changes(false, true)).toEqual(changes);
  });

  it('is not deleted from the table once more, where others have deleted it', () => {
    const entries = after(found, wake(3), settle(nothing(3)));
    entries.dropCovered(upTo(3));
    entries.settle(nothing(4), true);
    expect(entries.changes(false, true)).toBeNull();
  });
});

describe('what the table says of a stream', () => {
  it.each<[string, readonly Act[], boolean]>([
    ['counts, where nothing is known here', [], false],
    ['counts, where no worker has looked since it was woken', [wake(3)], false],
    ['counts, where an event has come since a worker looked', [settle(asleep(3)), wake(4)], false],
    ['is out of date, where a worker has looked since', [wake(3), settle(asleep(3))], true],
    ['is out of date, where a worker has found nothing to do', [found, settle(nothing(3))], true],
    ['counts, where what the worker found is written', [settle(asleep(3)), writeAll], false],
  ])('%s', (_what, acts, isSettled) => {
    const entries = after(...acts);
    expect(entries.isSettled(phase, stream)).toBe(isSettled);
    expect(entries.isSettled('execution', stream)).toBe(false);
  });
});
