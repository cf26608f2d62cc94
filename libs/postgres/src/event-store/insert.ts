import { VersionConflict, type Append, type Appended } from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { isUniqueViolation } from '../faults.ts';
import { parameterRows } from './event-row.ts';

// An expected version that is too low meets the primary key; one that is too high finds no event there and inserts nothing.
// The scalar subquery is looked up by key for each row; an EXISTS might be planned as one scan of all events.
const insertSql = `
  INSERT INTO backstay.events
    (stream, version, id, type, data, time, actor, correlation, causation, traceparent, hash, command_id)
  SELECT r.stream, r.version, r.id, r.type, r.data, r.time, r.actor, r.correlation, r.causation, r.traceparent, r.hash, r.command_id
  FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[], $12::text[], $13::text[])
    AS r(stream, expected, version, id, type, data, time, actor, correlation, causation, traceparent, hash, command_id)
  WHERE r.expected = 0
    OR (SELECT e.version FROM backstay.events e WHERE e.stream = r.stream AND e.version = r.expected) IS NOT NULL
  RETURNING stream`;

const standingSql = `
  SELECT
    (SELECT max(version) FROM backstay.events WHERE stream = $1) AS version,
    (SELECT ARRAY[version::text, id] FROM backstay.events WHERE stream = $1 AND command_id = $2) AS command`;

export const versionAfter = ({ expectedVersion, events }: Append): number => expectedVersion + events.length;

/** Writes appends to different streams in one statement and answers the streams that took theirs; all or nothing on an error. */
export async function insert(pool: Pool, appends: readonly Append[]): Promise<Set<string>> {
  const rows = appends.flatMap(parameterRows);
  const columns = Array.from({ length: 13 }, (_, column) => rows.map((row) => row[column]));
  const { rows: written } = await pool.query<{ stream: string }>({
    name: 'backstay-append',
    text: insertSql,
    values: columns,
  });
  return new Set(written.map(({ stream }) => stream));
}

/**
 * Writes one append.
 * @param repeated an earlier try of this very append broke off, so what stands there may be its own work
 * @throws {VersionConflict}
 */
export async function insertAlone(pool: Pool, append: Append, repeated: boolean): Promise<Appended> {
  try {
    const written = await insert(pool, [append]);
    if (written.size > 0) return { version: versionAfter(append), duplicate: false };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return refused(pool, append, repeated, error);
  }
  return refused(pool, append, repeated);
}

/** Tells why nothing was written: the command stands already, or another writer was faster, or an event id was used before. */
export async function refused(pool: Pool, append: Append, repeated: boolean, cause?: unknown): Promise<Appended> {
  const { version, command } = await standing(pool, append);
  if (command !== null) {
    const own = repeated && command.lastId === append.events.at(-1)?.id;
    return { version: command.version, duplicate: !own };
  }
  if (cause !== undefined && version === append.expectedVersion) throw cause;
  throw new VersionConflict(append.stream, append.expectedVersion);
}

/** An append of nothing: answers as one of something would, and writes nothing. */
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
