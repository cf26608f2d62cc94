import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { clientLike, connect, type Pool } from './connect.ts';
import { ignoreFault, retrying, type OnFault } from './faults.ts';
import { buildIndexes } from './online-indexes.ts';
import { orderRestoredEvents } from './restored.ts';
import { grantToServices, mayMigrate, requireMigrated } from './service-role.ts';

// The same place seen from src and from dist.
const dir = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Brings schema `backstay` up to date and returns the names of the migrations that ran now. Whoever starts at the same time
 * waits, then finds nothing left to do. Events that were restored from another cluster's dump get an order that readers see.
 * @param database a URL, or a pool whose settings are used for one connection of its own
 * @param services the role of the services, where it is another: it may append events and read them, and no more
 */
export async function migrate(database: string | Pool, services?: string): Promise<string[]> {
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
    if (services !== undefined) await grantToServices(client, services);
    return ran;
  } finally {
    await client.end().catch(() => {});
    if (pool !== database) await pool.end();
  }
}

/** How often a start asks: for 20 seconds where connections are refused, about two minutes where nobody responds in time. */
const startAttempts = 20;

/**
 * Prepares the schema for a service: by the role that may, which `migrationUrl` names, else by its own where that may. A server that
 * is starting or overloaded is asked again: a single slow connection ends no start.
 * @throws {SchemaNotReady} when nobody here may, and the schema is not up to date
 */
export function prepareSchema(pool: Pool, migrationUrl?: string, onFault: OnFault = ignoreFault): Promise<void> {
  return retrying('prepare the schema', { attempts: startAttempts, onFault }, () => prepare(pool, migrationUrl));
}

async function prepare(pool: Pool, migrationUrl: string | undefined): Promise<void> {
  if (migrationUrl !== undefined) {
    const { rows } = await pool.query<{ role: string }>('SELECT current_user AS role');
    await migrate(migrationUrl, rows[0]?.role);
  } else if (await mayMigrate(pool)) await migrate(pool);
  else await requireMigrated(pool, await migrationNames());
}

const migrationNames = async (): Promise<string[]> =>
  (await readdir(dir)).filter((name) => name.endsWith('.sql')).map((name) => name.slice(0, -'.sql'.length));

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
