import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatheredReads } from './gathered-reads.ts';

/** Reads that end when they are asked to: each key has the value that it has at that time. */
function slowReads() {
  const values = new Map<string, number>();
  const begun: { keys: readonly string[]; end: (error?: Error) => void }[] = [];
  const reads = new GatheredReads<number>(
    (keys) =>
      new Promise((resolve, reject) => {
        const found = new Map(keys.flatMap((key) => (values.has(key) ? [[key, values.get(key) ?? 0] as const] : [])));
        begun.push({ keys, end: (error) => (error === undefined ? resolve(found) : reject(error)) });
      }),
  );
  return { values, reads, begun };
}

describe('reads that are gathered', () => {
  it('begin at once while fewer than two are under way', () => {
    const { reads, begun } = slowReads();
    void reads.get('a');
    void reads.get('b');
    void reads.get('c');
    expect(begun.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
  });

  it('are one read for all that was asked for meanwhile, each key once', async () => {
    const { values, reads, begun } = slowReads();
    values.set('c', 3).set('d', 4);
    const first = reads.get('a');
    void reads.get('b');
    const later = ['c', 'd', 'c', 'absent'].map((key) => reads.get(key));
    begun[0]?.end();
    expect(await first).toBeUndefined();
    await tick();
    expect(begun.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c', 'd', 'absent']]);
    begun[2]?.end();
    expect(await Promise.all(later)).toEqual([3, 4, 3, undefined]);
  });

  it('never respond with what was read before it was asked for', async () => {
    const { values, reads, begun } = slowReads();
    values.set('a', 1);
    const before = reads.get('a');
    void reads.get('b');
    values.set('a', 2);
    const after = reads.get('a');
    for (const { end } of begun.slice(0, 2)) end();
    expect(await before).toBe(1);
    await tick();
    begun[2]?.end();
    expect(await after).toBe(2);
  });

  it('fail for those alone that were read together, and go on', async () => {
    const { values, reads, begun } = slowReads();
    const failing = reads.get('a');
    begun[0]?.end(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    values.set('a', 1);
    const next = reads.get('a');
    begun[1]?.end();
    expect(await next).toBe(1);
  });
});
