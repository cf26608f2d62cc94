const FRESH_SECONDS = 2;
const PAGE = 'SELECT id, title, body FROM notes ORDER BY id LIMIT 50';

/** Reads the first page of notes: from the cache while it is fresh, else from the database. */
export function createNotes({ database, cache }) {
  const load = async () => {
    const cached = await cache.read('page');
    if (cached !== null) return cached;
    const page = { items: await database.query(PAGE) };
    await cache.write('page', page, FRESH_SECONDS);
    return page;
  };
  return { page: (_session) => load() };
}
