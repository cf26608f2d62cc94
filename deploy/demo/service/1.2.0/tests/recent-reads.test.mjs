import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRecentReads } from '../src/recent-reads.mjs';

describe('recent reads', () => {
  it('load every time for a quiet session', async () => {
    let loads = 0;
    const read = createRecentReads({ load: async () => ++loads, busyAfter: 10 });
    await read('quiet');
    assert.equal(await read('quiet'), 2);
  });
  it('load once for the next reads of a busy session', async () => {
    let loads = 0;
    const read = createRecentReads({ load: async () => ++loads, busyAfter: 0 });
    const pages = await Promise.all(Array.from({ length: 9 }, () => read('busy')));
    assert.deepEqual(new Set(pages), new Set([1]));
  });
});
