import { Socket } from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';

export type Probe = { timeoutMs: number; signal?: AbortSignal };

/** Connects, asks `select 1` and returns the version that the server names, e.g. `15.18`. */
export async function postgresVersion(url: string, probe: Probe): Promise<string> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: probe.timeoutMs,
    // After a connection that never began, as to a bad port, the client's own deadline is an error of a socket that it left.
    stream: () => new Socket().on('error', () => undefined),
  });
  // A connection that breaks later also emits an error, which nobody else hears.
  client.on('error', () => undefined);
  try {
    return await within('PostgreSQL', probe, async () => {
      await client.connect();
      await client.query('select 1');
      const { rows } = await client.query<{ server_version: string }>('show server_version');
      return rows[0]!.server_version.split(' ')[0]!;
    });
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Connects, asks PING and returns the version that the server names, e.g. `7.0.15`. */
export async function redisVersion(url: string, probe: Probe): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: probe.timeoutMs,
    disconnectTimeout: 100,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  const failures: Error[] = [];
  client.on('error', (error) => failures.push(error));
  try {
    return await within('Redis', probe, async () => {
      await client.connect();
      await client.ping();
      return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown';
    });
  } catch (error) {
    // The client only says that the connection is closed; the event before it said why.
    throw failures[0] ?? error;
  } finally {
    client.disconnect();
  }
}

/** A server was not asked to the end; its message may be shown. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
}

/** Ends with `NotAsked` when the work does not end by itself. */
async function within<T>(what: string, { timeoutMs, signal }: Probe, work: () => Promise<T>): Promise<T> {
  if (signal?.aborted) throw new NotAsked(`${what}: interrupted`);
  let stop = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new NotAsked(`${what}: no response within ${timeoutMs} ms`)), timeoutMs);
    const onAbort = () => reject(new NotAsked(`${what}: interrupted`));
    signal?.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return Promise.race([work(), ended]).finally(() => stop());
}
