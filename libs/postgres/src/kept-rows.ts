import type { Pool } from './connect.ts';

/** A thing of some age in the database. */
export interface KeptRow {
  readonly id: string;
  readonly bytes: number;
  /** ISO 8601 in UTC, with microseconds. */
  readonly modifiedAt: string;
  /** The deployments that it belongs to, 101 at most. */
  readonly deployments: readonly string[];
  /** How many rows it stands for. */
  readonly count: number;
}

const iso = (time: string) => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

interface Statements {
  /** $1: older than this time, $2: behind this id, $3: at most. */
  readonly list: string;
  /** $1: id. */
  readonly find: string;
  /** $1: id. */
  readonly digest: string;
  /** $1: id, $2: unless it was changed since. */
  readonly remove: string;
}

const simple = (columns: string, id: string, time: string, condition: string): Pick<Statements, 'list' | 'find'> => ({
  list: `SELECT ${columns} FROM ${condition} AND ${time} < $1::timestamptz AND ${id} > $2 ORDER BY ${id} LIMIT $3`,
  find: `SELECT ${columns} FROM ${condition} AND ${id} = $1`,
});

const outputs = `b.sha256 AS id, octet_length(b.content) AS bytes, ${iso('b.created_at')} AS modified, 1 AS count,
  ARRAY(SELECT o.deployment FROM backstay.blob_owners o WHERE o.sha256 = b.sha256 LIMIT 101) AS deployments`;

// A lease is named after the stream and the phase; those of the platform's own work are never listed.
const leases = `l.name AS id, pg_column_size(l.*) AS bytes, ${iso('l.taken_at')} AS modified, 1 AS count,
  ARRAY[substr(split_part(l.name, '/', 1), length('deployment-') + 1)] AS deployments`;

const parked = `p.id, octet_length(p.content) AS bytes, ${iso('p.received_at')} AS modified, 1 AS count,
  ARRAY[]::text[] AS deployments`;

// All keys of an age are one thing, named after the youngest of them.
const keys = `SELECT 'until ' || ${iso('max(created_at)')} AS id, sum(size)::int AS bytes, ${iso('max(created_at)')} AS modified,
  count(*)::int AS count, ARRAY[]::text[] AS deployments
  FROM (SELECT created_at, pg_column_size(k.*) AS size FROM backstay.idempotency_keys k
    WHERE created_at <= $1::timestamptz ORDER BY created_at LIMIT`;
const until = `substr($1, length('until ') + 1)::timestamptz`;

const statements = {
  output: {
    ...simple(outputs, 'b.sha256', 'b.created_at', 'backstay.blobs b WHERE true'),
    digest: 'SELECT $1 AS digest',
    remove: `WITH gone AS (
        DELETE FROM backstay.blobs WHERE sha256 = $1 AND created_at <= $2::timestamptz RETURNING sha256)
      DELETE FROM backstay.blob_owners o USING gone WHERE o.sha256 = gone.sha256`,
  },
  lease: {
    ...simple(
      leases,
      'l.name',
      'l.taken_at',
      `backstay.leases l WHERE starts_with(l.name, 'deployment-') AND l.expires_at <= clock_timestamp()`,
    ),
    digest: `SELECT encode(sha256(convert_to(l::text, 'UTF8')), 'hex') AS digest FROM backstay.leases l WHERE l.name = $1`,
    remove: `DELETE FROM backstay.leases
      WHERE name = $1 AND expires_at <= clock_timestamp() AND taken_at <= $2::timestamptz`,
  },
  'parked-message': {
    ...simple(parked, 'p.id', 'p.received_at', 'backstay.parked_messages p WHERE true'),
    digest: `SELECT encode(sha256(content), 'hex') AS digest FROM backstay.parked_messages WHERE id = $1`,
    remove: 'DELETE FROM backstay.parked_messages WHERE id = $1 AND $2::text IS NOT NULL',
  },
  'idempotency-keys': {
    list: `${keys} 10000) k WHERE $2 = '' AND $3 > 0 HAVING count(*) > 0`,
    find: `${keys.replace('$1::timestamptz', until)} 10000) k HAVING count(*) > 0`,
    digest: `SELECT encode(sha256(convert_to(string_agg(actor || E'\\n' || key, E'\\n' ORDER BY actor, key), 'UTF8')), 'hex') AS digest
      FROM backstay.idempotency_keys WHERE created_at <= ${until}`,
    remove: `DELETE FROM backstay.idempotency_keys WHERE created_at <= ${until} AND $2::text IS NOT NULL`,
  },
} as const satisfies Readonly<Record<string, Statements>>;

export type KeptRowsKind = keyof typeof statements;
export const keptRowsKinds = Object.keys(statements) as readonly KeptRowsKind[];

interface Row {
  readonly id: string;
  readonly bytes: number;
  readonly modified: string;
  readonly count: number;
  readonly deployments: string[];
}

/** What the database keeps of one kind beside events and views, and what has to be removed now and then. */
export class KeptRows {
  readonly kind: KeptRowsKind;
  readonly #pool: Pool;

  constructor(pool: Pool, kind: KeptRowsKind) {
    this.#pool = pool;
    this.kind = kind;
  }

  /** Those that were not changed since, in the order of their ids. @param before ISO 8601 @param after an id; empty: the first */
  async list(before: string, after: string, limit: number): Promise<KeptRow[]> {
    return this.#rows(statements[this.kind].list, [before, after, limit]);
  }

  async find(id: string): Promise<KeptRow | null> {
    return (await this.#rows(statements[this.kind].find, [id]))[0] ?? null;
  }

  /** sha256 of the content; null where there is none. */
  async digest(id: string): Promise<string | null> {
    const { rows } = await this.#pool.query<{ digest: string | null }>(statements[this.kind].digest, [id]);
    return rows[0]?.digest ?? null;
  }

  /** Removes it unless it was changed since it was found; one that is gone is not an error. */
  async remove({ id, modifiedAt }: Pick<KeptRow, 'id' | 'modifiedAt'>): Promise<void> {
    await this.#pool.query(statements[this.kind].remove, [id, modifiedAt]);
  }

  async #rows(sql: string, values: readonly unknown[]): Promise<KeptRow[]> {
    const { rows } = await this.#pool.query<Row>(sql, [...values]);
    return rows.map(({ modified, ...row }) => ({ ...row, modifiedAt: modified }));
  }
}

const openSql = `
  SELECT substr(e.stream, length('deployment-') + 1) AS deployment, e.time AS "requestedAt"
  FROM backstay.events e
  WHERE e.version = 1 AND e.stream LIKE 'deployment-%' AND e.time::timestamptz <= $1::timestamptz
    AND NOT EXISTS (SELECT FROM backstay.events n WHERE n.stream = e.stream AND n.type = ANY($2::text[]))
  ORDER BY e.time::timestamptz LIMIT $3`;

/** Deployments that have not ended, the oldest first. @param before ISO 8601: requested until then @param endTypes event types with which one ends */
export async function openDeployments(
  pool: Pool,
  {
    before,
    endTypes,
    limit,
  }: { readonly before: string; readonly endTypes: readonly string[]; readonly limit: number },
): Promise<readonly { readonly deployment: string; readonly requestedAt: string }[]> {
  return (await pool.query(openSql, [before, endTypes, limit])).rows as { deployment: string; requestedAt: string }[];
}

const workspacesSql = `
  SELECT substr(e.stream, length('deployment-') + 1) AS deployment, e.data::jsonb #>> '{request,workspace}' AS workspace
  FROM backstay.events e
  WHERE e.version = 1 AND e.stream LIKE 'deployment-%' AND e.data LIKE '%"workspace":"%'
    AND e.data::jsonb #>> '{request,workspace}' = ANY($1::text[])`;

/** The deployments whose requests name these workspaces. */
export async function deploymentsInWorkspaces(pool: Pool, names: readonly string[]): Promise<Map<string, string[]>> {
  if (names.length === 0) return new Map();
  const { rows } = await pool.query<{ deployment: string; workspace: string }>(workspacesSql, [names]);
  const found = new Map<string, string[]>();
  for (const { deployment, workspace } of rows) found.set(workspace, [...(found.get(workspace) ?? []), deployment]);
  return found;
}
