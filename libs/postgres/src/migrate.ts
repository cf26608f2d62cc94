import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { clientLike, connect, type Pool } from './connect.ts';
import { buildIndexes } from './online-indexes.ts';
import { orderRestoredEvents } from './restored.ts';

// The same place seen from src and from dist.
const dir = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Brings schema `backstay` up to date and answers the names of the migrations that ran now. Whoever starts at the same time
 * waits, then finds nothing left to do. Events that were restored from another cluster's dump get an order that readers see.
 * @param database a URL, or a pool whose settings are used for one connection of its own
 */
export async function migrate(database: string | Pool): Promise<string[]> {
  const pool = typeof database === 'string' ? connect({ url: database }) : database;
  // A migration may take its time, and waiting for another's may too.
  const client = clientLike(pool, {
    statement_timeout: 0,
    lock_timeout: 0,
    query_timeout: 0,
    application_name: 'backstay migrate',
  });
  // A failing statement says more than the connection that breaks with it.
  client.on('error', () => {});
  try {
    await client.connect();
    const ran = await run(client);
    await buildIndexes(client);
    await orderRestoredEvents(client);
    return ran;
  } finally {
    await client.end().catch(() => {});
    if (pool !== database) await pool.end();
  }
}

async function run(dbClient: ReturnType<typeof clientLike>): Promise<string[]> {
  const ran = await runner({
    dbClient,
    dir,
    direction: 'up',
    schema: 'backstay',
    createSchema: true,
    migrationsTable: 'migrations',
    advisoryLockMode: 'wait',
    logger: { info() {}, warn() {}, error() {} },
  });
  return ran.map(({ name }) => name);
}
