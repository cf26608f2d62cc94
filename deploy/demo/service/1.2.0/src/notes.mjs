import { createRecentReads } from './recent-reads.mjs';

const FRESH_SECONDS = 2;
const PAGE = 'SELECT id, title, body, pinned FROM notes ORDER BY pinned DESC, id LIMIT 50';

/** Reads the first page of notes, pinned ones first: from the session's recent reads, the cache, or the database. */
export function createNotes({ database, cache }) {
  const load = async () => {
    const cached = await cache.read('page');
    if (cached !== null) return cached;
    const page = { items: await database.query(PAGE) };
    await cache.write('page', page, FRESH_SECONDS);
    return page;
  };
  return { page: createRecentReads({ load }) };
}
