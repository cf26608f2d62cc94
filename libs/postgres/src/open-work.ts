import type { Cursor } from '@backstay/event-sourcing';
import type { Pool, Queryable } from './connect.ts';
import { inTransaction } from './transaction.ts';
import { StaleProjector } from './views/stale-projector.ts';

/** What an event means for a service's list: the stream waits for it (from a time on, or at once: null), or no longer. */
export type OpenWorkChange =
  | { readonly stream: string; readonly open: true; readonly wakeAt: string | null }
  | { readonly stream: string; readonly open: false };

export interface DueWork {
  readonly stream: string;
  /** Name of the lease under which this work is done. */
  readonly lease: string;
  /** ISO 8601 in UTC; null: at once. */
  readonly wakeAt: string | null;
}

/** The lease of a service on a stream: `<deployment id>/<service>` for `deployment-<id>`, else `<stream>/<service>`. */
export const workLease = (service: string, stream: string): string =>
  `${stream.replace(/^deployment-/, '')}/${service}`;

const dueSql = `
  SELECT w.stream, w.lease, CASE WHEN isfinite(w.wake_at) THEN w.wake_at END AS wake_at FROM backstay.open_work w
  WHERE w.service = $1 AND w.wake_at <= clock_timestamp()
    AND NOT EXISTS (SELECT FROM backstay.leases l WHERE l.name = w.lease AND l.expires_at > clock_timestamp())
  ORDER BY w.wake_at, w.stream LIMIT $2`;

const upsertSql = `
  INSERT INTO backstay.open_work (service, stream, lease, wake_at) VALUES ($1, $2, $3, coalesce($4::timestamptz, '-infinity'))
  ON CONFLICT (service, stream) DO UPDATE SET wake_at = EXCLUDED.wake_at`;

// The first commit of a service finds no row, each later one the row as it was left.
const moveSql = `
  INSERT INTO backstay.open_work_checkpoints AS c (service, cursor) SELECT $1, $3 WHERE $2::text IS NULL
    OR EXISTS (SELECT FROM backstay.open_work_checkpoints WHERE service = $1)
  ON CONFLICT (service) DO UPDATE SET cursor = EXCLUDED.cursor WHERE c.cursor = $2`;

/** Which streams wait for which service: what a sweeper looks through for work without a live owner. */
export class OpenWork {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Work whose time has come by the database's clock and whose lease nobody holds, the longest waiting first. */
  async due(service: string, limit: number): Promise<DueWork[]> {
    const { rows } = await this.#pool.query<{ stream: string; lease: string; wake_at: Date | null }>(dueSql, [
      service,
      limit,
    ]);
    return rows.map(({ stream, lease, wake_at }) => ({ stream, lease, wakeAt: wake_at && wake_at.toISOString() }));
  }

  upsert(service: string, stream: string, wakeAt: string | null): Promise<void> {
    return upsert(this.#pool, service, stream, wakeAt);
  }

  remove(service: string, stream: string): Promise<void> {
    return remove(this.#pool, service, stream);
  }

  /** Where this service's list stands; null before its first commit. */
  async checkpoint(service: string): Promise<Cursor | null> {
    const sql = 'SELECT cursor FROM backstay.open_work_checkpoints WHERE service = $1';
    const { rows } = await this.#pool.query<{ cursor: Cursor }>(sql, [service]);
    return rows[0]?.cursor ?? null;
  }

  /**
   * Changes and checkpoint in one transaction. Several changes of one stream take effect in their order.
   * @param from the checkpoint from which the changes were read
   * @throws {StaleProjector} when the stored checkpoint is another one, moved by a second instance; then nothing was written.
   */
  async commit(service: string, changes: readonly OpenWorkChange[], from: Cursor | null, to: Cursor): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(moveSql, [service, from, to]);
      if (rowCount === 0) throw new StaleProjector(`open work of ${service}`);
      for (const change of lastOfEachStream(changes)) {
        if (change.open) await upsert(client, service, change.stream, change.wakeAt);
        else await remove(client, service, change.stream);
      }
    });
  }
}

const lastOfEachStream = (changes: readonly OpenWorkChange[]): Iterable<OpenWorkChange> =>
  new Map(changes.map((change) => [change.stream, change])).values();

async function upsert(database: Queryable, service: string, stream: string, wakeAt: string | null): Promise<void> {
  await database.query(upsertSql, [service, stream, workLease(service, stream), wakeAt]);
}

async function remove(database: Queryable, service: string, stream: string): Promise<void> {
  await database.query('DELETE FROM backstay.open_work WHERE service = $1 AND stream = $2', [service, stream]);
}
