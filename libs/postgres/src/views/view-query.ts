import { createHash } from 'node:crypto';

/** A top-level field's value, or several of which one must match; null: the field is null or absent. */
export type Wanted = string | number | boolean | null | readonly (string | number | boolean)[];

export interface ListQuery {
  /** Equality on top-level fields of the body. A field whose wanted value is undefined is ignored. */
  readonly where?: Readonly<Record<string, Wanted | undefined>>;
  /** A range of one text field, both ends included, compared as text: times in one ISO format and in UTC. */
  readonly range?: { readonly field: string; readonly since?: string; readonly until?: string };
  /** Only rows whose key begins so. */
  readonly keyBegins?: string;
  /** Top-level text field to order by, of the rows that have it; absent: all rows by key. */
  readonly sort?: string;
  /** Default `desc`. */
  readonly order?: 'asc' | 'desc';
  /** `next` of the page before, asked with the same `sort` and `order`. */
  readonly cursor?: string;
  /** 1 to 1000, default 50. */
  readonly limit?: number;
}

/** The cursor is not one of this list: an error of the one who asks. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

export interface Statement {
  /** Of a prepared statement; absent where too many texts are known already. */
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

const isComplete = "r.body->'fold'->'complete' = 'true'";

/** The columns of a row as it is, and of one as it is returned: as JSON text without `fold` where its body says `fold.complete`. */
const columns = {
  row: 'r.key, r.body, r.cursor',
  reply: `r.key, CASE WHEN ${isComplete} THEN (r.body - 'fold')::text END AS text,
    CASE WHEN ${isComplete} THEN NULL ELSE r.body END AS body`,
};
export type RowForm = keyof typeof columns;

const served = `r.projection = $1
    AND r.generation = (SELECT generation FROM backstay.view_checkpoints WHERE projection = $1 AND active)`;
// Keys that come from a set of their own are looked up one by one; else they may be planned as a filter over all rows of the
// projection while there are no statistics.
const wanted = `(
    SELECT projection, generation, unnest($2::text[]) AS key FROM backstay.view_checkpoints WHERE projection = $1 AND active
  ) AS wanted JOIN backstay.view_rows r USING (projection, generation, key)`;
const rowsSql = `SELECT ${columns.row} FROM ${wanted}`;
const tagged = `${columns.reply}, r.body->>$3::text AS tag`;
const repliesSql = `SELECT ${tagged} FROM ${wanted}`;
const replySql = `SELECT ${tagged} FROM backstay.view_rows r WHERE ${served} AND r.key = $2`;

/** Selects the rows under several keys. */
export function rowsStatement(projection: string, keys: readonly string[]): Statement {
  return { name: 'backstay-view-rows', text: rowsSql, values: [projection, keys] };
}

/** Selects rows as they are returned, with the top-level field `tag` as text. One alone is found without a join. */
export function repliesStatement(projection: string, keys: readonly string[], tag: string | null): Statement {
  const [only] = keys;
  return keys.length === 1
    ? { name: 'backstay-view-reply', text: replySql, values: [projection, only, tag] }
    : { name: 'backstay-view-replies', text: repliesSql, values: [projection, keys, tag] };
}

const mostNames = 128;
const names = new Map<string, string>();

/**
 * Prepares a statement once per connection instead of parsing and planning it each time. The name is the text's own, since all
 * users of a connection share its names; their number is bounded, because each is kept by the server.
 */
function named(text: string, values: unknown[]): Statement {
  const known = names.get(text);
  if (known === undefined && names.size >= mostNames) return { text, values };
  const name = known ?? `backstay-view-list-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  names.set(text, name);
  return { name, text, values };
}

// Field names become part of the statement, so that the indexes on these expressions serve it.
function checked(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name)) return name;
  throw new TypeError(`not a field of a view's body: ${JSON.stringify(name)}`);
}

const field = (name: string): string => `r.body->>'${checked(name)}'`;

// In the very words of the indexes that serve an order by this field: they hold only rows that have it.
const has = (name: string): string => `r.body ? '${checked(name)}'`;

const ordered = (name: string): string => `COALESCE(${field(name)}, '') COLLATE "C"`;

export const limitOf = ({ limit = 50 }: ListQuery): number => Math.min(1000, Math.max(1, Math.trunc(limit)));

/** Selects a page of rows with their sort value, one row more than the page holds. */
export function listStatement(projection: string, query: ListQuery, form: RowForm = 'row'): Statement {
  const values: unknown[] = [projection];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  const sort = query.sort === undefined ? undefined : ordered(query.sort);
  const conditions = [
    served,
    ...(query.sort === undefined ? [] : [has(query.sort)]),
    ...Object.entries(query.where ?? {}).flatMap(([name, wanted]) =>
      wanted === undefined ? [] : [equality(field(name), wanted, parameter)],
    ),
    ...rangeOf(query, parameter),
    ...keysOf(query, parameter),
    ...behind(query, sort, parameter),
  ];
  const text = `SELECT ${columns[form]}, ${sort ?? "''"} AS sort FROM backstay.view_rows r
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${sort === undefined ? '' : `${sort} ${direction}, `}r.key ${direction} LIMIT ${limitOf(query) + 1}`;
  return named(text, values);
}

function equality(expression: string, wanted: Wanted, parameter: (value: unknown) => string): string {
  if (wanted === null) return `${expression} IS NULL`;
  if (Array.isArray(wanted)) return `${expression} = ANY(${parameter(wanted.map(String))}::text[])`;
  return `${expression} = ${parameter(String(wanted))}::text`;
}

function rangeOf({ range }: ListQuery, parameter: (value: unknown) => string): string[] {
  if (range === undefined) return [];
  const { since, until } = range;
  const expression = ordered(range.field);
  return [
    ...(since === undefined ? [] : [`${expression} >= ${parameter(since)}::text`]),
    ...(until === undefined ? [] : [`${expression} <= ${parameter(until)}::text`, `${expression} > ''`]),
  ];
}

/** Keys are compared byte by byte, so that the table's own key serves this. */
function keysOf({ keyBegins }: ListQuery, parameter: (value: unknown) => string): string[] {
  if (keyBegins === undefined) return [];
  const first = `${parameter(keyBegins)}::text`;
  return [`r.key >= ${first}`, `r.key < ${first} || chr(1114111)`];
}

function behind(
  { cursor, order }: ListQuery,
  sort: string | undefined,
  parameter: (value: unknown) => string,
): string[] {
  if (cursor === undefined) return [];
  const [value, key] = readCursor(cursor);
  const comparison = order === 'asc' ? '>' : '<';
  if (sort === undefined) return [`r.key ${comparison} ${parameter(key)}::text`];
  return [`(${sort}, r.key) ${comparison} (${parameter(value)}::text, ${parameter(key)}::text)`];
}

export const writeCursor = (sort: string, key: string): string =>
  Buffer.from(JSON.stringify([sort, key])).toString('base64url');

function readCursor(cursor: string): [string, string] {
  try {
    const [sort, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof sort === 'string' && typeof key === 'string') return [sort, key];
  } catch {
    // Reported below with the same message.
  }
  throw new InvalidCursor(`not a cursor of this list: ${cursor.slice(0, 100)}`);
}
