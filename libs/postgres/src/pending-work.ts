import type { Cursor } from '@backstay/event-sourcing';
import type { Pool } from './connect.ts';
import { isWithinItsTime } from './leases/leases.ts';

/** What a phase has to do with a stream, as of one of the stream's versions; a wake-up of version 0 comes from another stream. */
export type PendingChange = { readonly phase: string; readonly stream: string; readonly version: number } & (
  | { readonly kind: 'wake' }
  /** Look again at this time, ISO 8601 in UTC. */
  | { readonly kind: 'sleep'; readonly wakeAt: string }
  /** Nothing, before another event wakes the phase. */
  | { readonly kind: 'none' }
);

export interface DueWork {
  readonly phase: string;
  readonly stream: string;
  /** Who holds the lease of this work at present; null: nobody. */
  readonly holder: string | null;
}

export interface PendingLook {
  readonly due: readonly DueWork[];
  /** How far the table takes the store's events into account, by phase; a phase without one has never been followed. */
  readonly checkpoints: ReadonlyMap<string, Cursor>;
}

/** The lease of a phase on a stream. */
export const workLease = (phase: string, stream: string): string => `${stream}/${phase}`;

// Work whose lease is held on the machine of the caller is listed as well, for its holder may be dead.
const lookSql = `
  SELECT * FROM (
    SELECT w.phase, w.stream, l.holder, NULL::text AS cursor FROM backstay.pending_work w
    LEFT JOIN backstay.leases l ON l.name = w.stream || '/' || w.phase AND l.expires_at > clock_timestamp()
      AND ${isWithinItsTime('l')}
    WHERE w.phase = ANY($1::text[]) AND w.wake_at <= clock_timestamp()
      AND (l.holder IS NULL OR starts_with(l.holder, $3))
    ORDER BY w.wake_at, w.stream LIMIT $2) due
  UNION ALL
  SELECT phase, NULL, NULL, cursor FROM backstay.pending_work_checkpoints WHERE phase = ANY($1::text[])`;

const positionOf = (cursor: string): string =>
  `(split_part(${cursor}, '-', 1)::numeric, split_part(${cursor}, '-', 2)::numeric)`;

// Nothing is replaced by what was written for an older version. A wake-up of version 0 comes from another stream and replaces
// everything; only who has followed the events as far as the table has (not `is_behind`) takes it off. Checkpoints only rise;
// they read transaction-position, or commit-prepare. Their rows are locked before all others, and in one order.
const writeSql = `
  WITH known AS (
    SELECT phase, cursor FROM backstay.pending_work_checkpoints WHERE phase = ANY($1::text[] || $5::text[])
    ORDER BY phase FOR UPDATE
  ), writer AS (
    SELECT * FROM unnest($5::text[], $6::text[]) AS p(phase, cursor)
  ), given AS (
    SELECT g.*, known.cursor IS NOT NULL
      AND (writer.cursor IS NULL OR ${positionOf('writer.cursor')} < ${positionOf('known.cursor')}) AS is_behind
    FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[]) AS g(phase, stream, version, wake_at)
    LEFT JOIN known USING (phase) LEFT JOIN writer USING (phase)
    ORDER BY g.phase, g.stream
  ), removed AS (
    DELETE FROM backstay.pending_work w USING given g
    WHERE g.wake_at IS NULL AND w.phase = g.phase AND w.stream = g.stream
      AND w.version <= g.version AND NOT (w.version = 0 AND g.is_behind)
  ), written AS (
    INSERT INTO backstay.pending_work AS w (phase, stream, version, wake_at)
    SELECT phase, stream, version, wake_at FROM given WHERE wake_at IS NOT NULL
    ON CONFLICT (phase, stream) DO UPDATE SET version = EXCLUDED.version, wake_at = EXCLUDED.wake_at
    WHERE CASE
      WHEN EXCLUDED.wake_at = '-infinity' THEN EXCLUDED.version = 0 OR EXCLUDED.version > w.version
      ELSE EXCLUDED.version >= w.version AND NOT (w.version = 0 AND EXISTS (
        SELECT FROM given g WHERE g.phase = EXCLUDED.phase AND g.stream = EXCLUDED.stream AND g.is_behind))
      END
  )
  INSERT INTO backstay.pending_work_checkpoints AS c (phase, cursor) SELECT phase, cursor FROM writer
  ON CONFLICT (phase) DO UPDATE SET cursor = EXCLUDED.cursor
  WHERE ${positionOf('EXCLUDED.cursor')} > ${positionOf('c.cursor')}`;

interface LookRow {
  readonly phase: string;
  readonly stream: string | null;
  readonly holder: string | null;
  readonly cursor: Cursor | null;
}

/** Which streams wait for which phase, and until when: where a process finds the work that nobody does. Shared by all replicas. */
export class PendingWork {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Work whose time has come by the database's clock and that nobody does, the longest waiting first.
   * @param machine how the holders of the caller's machine begin: what they hold is listed with the holder's name
   */
  async look(phases: readonly string[], limit: number, machine: string): Promise<PendingLook> {
    const values = [phases, limit, machine];
    const { rows } = await this.#pool.query<LookRow>({ name: 'backstay-pending-look', text: lookSql, values });
    const due = rows.flatMap(({ phase, stream, holder }) => (stream === null ? [] : [{ phase, stream, holder }]));
    const checkpoints = rows.flatMap(({ phase, cursor }): [string, Cursor][] => (cursor ? [[phase, cursor]] : []));
    return { due, checkpoints: new Map(checkpoints) };
  }

  /**
   * Changes, at most one for each phase and stream, in one statement.
   * @param checkpoints how far the writer has followed the store's events, by phase
   */
  async write(changes: readonly PendingChange[], checkpoints: ReadonlyMap<string, Cursor>): Promise<void> {
    const values = [
      changes.map(({ phase }) => phase),
      changes.map(({ stream }) => stream),
      changes.map(({ version }) => version),
      changes.map(wakeAtOf),
      [...checkpoints.keys()],
      [...checkpoints.values()],
    ];
    await this.#pool.query({ name: 'backstay-pending-write', text: writeSql, values });
  }
}

function wakeAtOf(change: PendingChange): string | null {
  if (change.kind === 'none') return null;
  return change.kind === 'wake' ? '-infinity' : change.wakeAt;
}
