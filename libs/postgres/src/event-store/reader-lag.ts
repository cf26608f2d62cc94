import type { Queryable } from '../connect.ts';

/** Whether readers see everything that was appended, and if not, who holds them back. */
export interface ReaderLag {
  /** Events that are committed and not yet readable. */
  readonly hiddenEvents: number;
  /** Age of the transaction that hides them; 0 when none does or the database does not show it. */
  readonly seconds: number;
  /** Process id of the server's backend that runs this transaction. */
  readonly blockingPid?: number;
  /** What `pg_stat_activity` says of it. */
  readonly blocker?: { readonly database: string; readonly applicationName: string; readonly state: string };
  /** Name of the prepared transaction that hides them; no backend runs it, somebody must commit it or roll it back. */
  readonly preparedTransaction?: string;
}

// Readers see what is older than every running transaction of the cluster, whatever its database.
const lagSql = `
  WITH edge AS (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin)
  SELECT
    (SELECT count(*)::int FROM backstay.events e WHERE e.tx >= edge.xmin) AS hidden,
    a.pid, a.datname, a.application_name, a.state, p.gid,
    extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8 AS seconds
  FROM edge
  LEFT JOIN pg_stat_activity a ON a.backend_xid = edge.xmin::xid
  LEFT JOIN pg_prepared_xacts p ON p.transaction = edge.xmin::xid`;

interface LagRow {
  readonly hidden: number;
  readonly pid: number | null;
  readonly datname: string | null;
  readonly application_name: string | null;
  readonly state: string | null;
  readonly gid: string | null;
  readonly seconds: number | null;
}

export async function readerLag(database: Queryable): Promise<ReaderLag> {
  const { rows } = await database.query<LagRow>(lagSql);
  const row = rows[0];
  if (row === undefined || row.hidden === 0) return { hiddenEvents: 0, seconds: 0 };
  const { hidden, pid, gid, seconds } = row;
  return {
    hiddenEvents: hidden,
    seconds: seconds ?? 0,
    ...(pid === null ? {} : { blockingPid: pid, blocker: blockerIn(row) }),
    ...(gid === null ? {} : { preparedTransaction: gid }),
  };
}

const blockerIn = ({ datname, application_name, state }: LagRow) => ({
  database: datname ?? '',
  applicationName: application_name ?? '',
  state: state ?? '',
});
