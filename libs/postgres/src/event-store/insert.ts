import { VersionConflict, type Append, type Appended, type Cursor } from '@backstay/event-sourcing';
import type { QueryConfig } from 'pg';
import type { Pool } from '../connect.ts';
import { isUniqueViolation } from '../faults.ts';
import { parameterRows, type Column } from './event-row.ts';

// In the order in which `parameterRows` gives them.
const parameters = {
  stream: 'text',
  expected: 'int',
  version: 'int',
  id: 'text',
  type: 'text',
  data: 'text',
  time: 'text',
  actor: 'text',
  correlation: 'text',
  causation: 'text',
  traceparent: 'text',
  hash: 'text',
  command_id: 'text',
};
const names = Object.keys(parameters);
const types = Object.values(parameters);
const columns = names.filter((name) => name !== 'expected');

// An expected version that is too low meets the primary key; one that is too high finds no event there and inserts nothing.
// The scalar subquery is looked up by key for each row; an EXISTS might be planned as one scan of all events.
const insertFrom = (source: string): string => `
  INSERT INTO backstay.events (${columns.join(', ')})
  SELECT ${columns.map((column) => `r.${column}`).join(', ')} FROM (${source}) r
  WHERE r.expected = 0
    OR (SELECT e.version FROM backstay.events e WHERE e.stream = r.stream AND e.version = r.expected) IS NOT NULL
  RETURNING stream, tx::text || '-' || position AS cursor`;

// Arrays are planned anew each time, which a single event, the most frequent case, need not pay for.
const oneSql = insertFrom(`SELECT ${types.map((type, i) => `$${i + 1}::${type} AS ${names[i]}`).join(', ')}`);
const manySql = insertFrom(
  `SELECT * FROM unnest(${types.map((type, i) => `$${i + 1}::${type}[]`).join(', ')}) AS p(${names.join(', ')})`,
);

const standingSql = `
  SELECT
    (SELECT max(version) FROM backstay.events WHERE stream = $1) AS version,
    (SELECT ARRAY[version::text, id] FROM backstay.events WHERE stream = $1 AND command_id = $2) AS command`;

export const versionAfter = ({ expectedVersion, events }: Append): number => expectedVersion + events.length;

/** The cursor of the last event that was written to each stream. */
export type Written = ReadonlyMap<string, Cursor>;

/** Writes appends to different streams in one statement and returns the streams that took theirs; all or nothing on an error. */
export async function insert(pool: Pool, appends: readonly Append[]): Promise<Written> {
  const rows = appends.flatMap(parameterRows);
  const { rows: written } = await pool.query<{ stream: string; cursor: Cursor }>(statement(rows));
  return new Map(written.map(({ stream, cursor }) => [stream, cursor]));
}

function statement(rows: readonly Column[][]): QueryConfig {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return { name: 'backstay-append-one', text: oneSql, values: only };
  const values = names.map((_, column) => rows.map((row) => row[column]));
  return { name: 'backstay-append-many', text: manySql, values };
}

/** What became of one append; the cursor of its last event where it was written just now. */
export interface Settled extends Appended {
  readonly cursor?: Cursor;
}

/**
 * Writes one append.
 * @param repeated an earlier try of this very append broke off, so what stands there may be its own work
 * @throws {VersionConflict}
 */
export async function insertAlone(pool: Pool, append: Append, repeated: boolean): Promise<Settled> {
  try {
    const cursor = (await insert(pool, [append])).get(append.stream);
    if (cursor !== undefined) return { version: versionAfter(append), duplicate: false, cursor };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return refused(pool, append, repeated, error);
  }
  return refused(pool, append, repeated);
}

/** Says why nothing was written: the command stands already, or another writer was faster, or an event id was used before. */
export async function refused(pool: Pool, append: Append, repeated: boolean, cause?: unknown): Promise<Settled> {
  const { version, command } = await standing(pool, append);
  if (command !== null) {
    const own = repeated && command.lastId === append.events.at(-1)?.id;
    return { version: command.version, duplicate: !own };
  }
  if (cause !== undefined && version === append.expectedVersion) throw cause;
  throw new VersionConflict(append.stream, append.expectedVersion);
}

/** An append of nothing: returns the same as one of something would, and writes nothing. */
export async function appendNothing(pool: Pool, append: Append): Promise<Appended> {
  const { version, command } = await standing(pool, append);
  if (command !== null) return { version: command.version, duplicate: true };
  if (version !== append.expectedVersion) throw new VersionConflict(append.stream, append.expectedVersion);
  return { version, duplicate: false };
}

interface Standing {
  readonly version: number;
  readonly command: { readonly version: number; readonly lastId: string } | null;
}

async function standing(pool: Pool, { stream, commandId }: Append): Promise<Standing> {
  const { rows } = await pool.query<{ version: number | null; command: [string, string] | null }>(standingSql, [
    stream,
    commandId,
  ]);
  const { version, command } = rows[0] ?? { version: null, command: null };
  return { version: version ?? 0, command: command && { version: Number(command[0]), lastId: command[1] } };
}
