import { Socket } from 'node:net';
import pg from 'pg';
import { ignoreFault, isRefusal, type OnFault } from './faults.ts';

export type Pool = pg.Pool;
/** A pool, or one connection inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

export interface ConnectOptions {
  /** `postgres://user:password@host:port/database?sslmode=...` */
  readonly url: string;
  /** Connections at most; default 10. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`; default `backstay`. */
  readonly applicationName?: string;
  /** The server ends a statement that runs longer; default 30000. */
  readonly statementTimeoutMs?: number;
  /** The server ends a transaction that waits longer for its client, because it would hold back every reader; default 30000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** To connect, or to get a connection from a full pool; default 5000. */
  readonly connectTimeoutMs?: number;
  /** Hears of connections that broke while nobody used them. */
  readonly onFault?: OnFault;
}

/**
 * A pool that connects when first used, and replaces broken connections by itself.
 * @throws {TypeError} when the URL is none of PostgreSQL; the message does not repeat it.
 */
export function connect(options: ConnectOptions): Pool {
  const { onFault = ignoreFault } = options;
  const pool = new KeptPool({ ...clientConfig(options), max: options.max ?? 10 });
  hide(pool.options, 'connectionString');
  let failures = 0;
  pool.on('error', (error) => onFault({ operation: 'idle connection', error, failures: (failures += 1) }));
  // A connection that breaks inside a transaction, between two statements, speaks to its client alone; the next statement fails.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * A statement that the server refuses says nothing against its connection, which a pool of `pg` would end all the same. To connect
 * anew costs both sides more than many statements.
 */
class KeptPool extends pg.Pool {
  override async query(...args: unknown[]): Promise<never> {
    const client = await this.connect();
    let broken: Error | undefined;
    try {
      return (await client.query(...(args as [string]))) as never;
    } catch (error) {
      if (!isRefusal(error)) broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** One connection outside any pool, on the same terms. */
export function clientLike(pool: Pool, changes: pg.ClientConfig = {}): pg.Client {
  const { connectionString } = pool.options;
  return new pg.Client({ ...pool.options, connectionString, ...changes });
}

/** A call that throws is a connection that fails: a pool of `pg` would count it as open for ever, and be full one day. */
class PoolSocket extends Socket {
  override connect(...to: unknown[]): this {
    try {
      return super.connect(...(to as [number]));
    } catch (error) {
      process.nextTick(() => this.destroy(error as Error));
      return this;
    }
  }
}

function clientConfig(options: ConnectOptions): pg.ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  return {
    connectionString: checkedUrl(options.url),
    application_name: options.applicationName ?? 'backstay',
    statement_timeout: statementTimeoutMs,
    lock_timeout: Math.ceil(statementTimeoutMs / 3),
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    // The server may be gone without a word: then the client gives up by itself, a little later.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
    stream: () => new PoolSocket(),
  };
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw new TypeError('not a PostgreSQL URL: expected postgres://user@host:port/database');
}

// It may hold a password, and options are easily printed with an error.
function hide(object: object, property: string): void {
  Object.defineProperty(object, property, { enumerable: false });
}

/** The URL as it may be shown: without its password. */
export function redacted(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)';
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  if (shown.searchParams.has('password')) shown.searchParams.set('password', '***');
  return shown.href;
}
