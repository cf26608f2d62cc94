import { Socket } from 'node:net';
import pg from 'pg';

/** Bytes that a database takes on its server; a dump of it takes less, as a rule. Rejects as the driver does. */
export async function databaseSize(url: string, timeoutMs: number): Promise<number> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    // After a connection that never began, as to a bad port, the client's own deadline is an error of a socket that it left.
    stream: () => new Socket().on('error', () => undefined),
  });
  // A connection that breaks later also emits an error, which nobody else hears.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
    return Number(rows[0]!.bytes);
  } finally {
    void client.end().catch(() => undefined);
  }
}
