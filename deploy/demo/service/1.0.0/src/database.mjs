import { pg } from './vendor.mjs';

const CONNECTIONS = 5;
const CONNECT_MS = 2_000;
const STATEMENT_MS = 2_000;

/** A bounded pool. `usage()` says how many connections are open, and how many requests wait for one. */
export function openDatabase({ url, log }) {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: 'notes-api',
  });
  pool.on('error', (error) => log.warn('an idle database connection was lost', { error: error.message }));
  return {
    query: async (text, values) => (await pool.query(text, values)).rows,
    usage: () => ({ connections: pool.totalCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  };
}
