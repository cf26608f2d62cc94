import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNotes } from '../src/notes.mjs';

describe('the page of notes', () => {
  it('comes from the cache while it is fresh, with one query for many readers', async () => {
    let kept = null;
    let queries = 0;
    const database = { query: async () => [{ id: ++queries, pinned: true }] };
    const cache = { read: async () => kept, write: async (_key, page) => (kept = page) };
    const notes = createNotes({ database, cache });
    await notes.page('one');
    assert.deepEqual(await notes.page('another'), { items: [{ id: 1, pinned: true }] });
    assert.equal(queries, 1);
  });
});
