import type { Cursor } from '@backstay/event-sourcing';
import type { Pool } from './connect.ts';

/** What a phase has to do with a stream, as of one of the stream's versions. */
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

// Work whose lease is held on the machine of the caller is told as well, for its holder may be dead.
const lookSql = `
  SELECT * FROM (
    SELECT w.phase, w.stream, l.holder, NULL::text AS cursor FROM backstay.pending_work w
    LEFT JOIN backstay.leases l ON l.name = w.stream || '/' || w.phase AND l.expires_at > clock_timestamp()
    WHERE w.phase = ANY($1::text[]) AND w.wake_at <= clock_timestamp()
      AND (l.holder IS NULL OR starts_with(l.holder, $3))
    ORDER BY w.wake_at, w.stream LIMIT $2) due
  UNION ALL
  SELECT phase, NULL, NULL, cursor FROM backstay.pending_work_checkpoints WHERE phase = ANY($1::text[])`;

// A wake-up is replaced by a sleep of its own version or a newer one, never the other way round: a sleep that was written later
// for an older version changes nothing. Checkpoints only rise; they read transaction-position, or commit-prepare.
const writeSql = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[]) AS g(phase, stream, version, wake_at)
    ORDER BY phase, stream
  ), removed AS (
    DELETE FROM backstay.pending_work w USING given g
    WHERE g.wake_at IS NULL AND w.phase = g.phase AND w.stream = g.stream AND w.version <= g.version
  ), written AS (
    INSERT INTO backstay.pending_work AS w (phase, stream, version, wake_at)
    SELECT phase, stream, version, wake_at FROM given WHERE wake_at IS NOT NULL
    ON CONFLICT (phase, stream) DO UPDATE SET version = EXCLUDED.version, wake_at = EXCLUDED.wake_at
    WHERE EXCLUDED.version > w.version OR (EXCLUDED.version = w.version AND EXCLUDED.wake_at > '-infinity')
  )
  INSERT INTO backstay.pending_work_checkpoints AS c (phase, cursor)
  SELECT * FROM unnest($5::text[], $6::text[])
  ON CONFLICT (phase) DO UPDATE SET cursor = EXCLUDED.cursor
  WHERE (split_part(EXCLUDED.cursor, '-', 1)::numeric, split_part(EXCLUDED.cursor, '-', 2)::numeric)
      > (split_part(c.cursor, '-', 1)::numeric, split_part(c.cursor, '-', 2)::numeric)`;

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
   * @param machine how the holders of the caller's machine begin: what they hold is told with the holder's name
   */
  async look(phases: readonly string[], limit: number, machine: string): Promise<PendingLook> {
    const values = [phases, limit, machine];
    const { rows } = await this.#pool.query<LookRow>({ name: 'backstay-pending-look', text: lookSql, values });
    const due = rows.flatMap(({ phase, stream, holder }) => (stream === null ? [] : [{ phase, stream, holder }]));
    const checkpoints = rows.flatMap(({ phase, cursor }): [string, Cursor][] => (cursor ? [[phase, cursor]] : []));
    return { due, checkpoints: new Map(checkpoints) };
  }

  /** Changes, at most one for each phase and stream, and the checkpoints that take them into account, in one statement. */
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
