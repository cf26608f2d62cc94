/** A top-level field's value, or several of which one must match; null: the field is null or absent. */
export type Wanted = string | number | boolean | null | readonly (string | number | boolean)[];

export interface ListQuery {
  /** Equality on top-level fields of the body. A field whose wish is undefined is not looked at. */
  readonly where?: Readonly<Record<string, Wanted | undefined>>;
  /** A range of one text field, both ends included, compared as text: times in one ISO format and in UTC. */
  readonly range?: { readonly field: string; readonly since?: string; readonly until?: string };
  /** Only rows whose key begins so. */
  readonly keyBegins?: string;
  /** Top-level text field to order by; absent: by key. */
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
  readonly text: string;
  readonly values: unknown[];
}

// Field names become part of the statement, so that the indexes on these expressions serve it.
function field(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name))
    throw new TypeError(`not a field of a view's body: ${JSON.stringify(name)}`);
  return `r.body->>'${name}'`;
}

const ordered = (name: string): string => `COALESCE(${field(name)}, '') COLLATE "C"`;

export const limitOf = ({ limit = 50 }: ListQuery): number => Math.min(1000, Math.max(1, Math.trunc(limit)));

/** Selects key, body, cursor and the sort value, one row more than the page holds. */
export function listStatement(projection: string, query: ListQuery): Statement {
  const values: unknown[] = [projection];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  const sort = query.sort === undefined ? undefined : ordered(query.sort);
  const conditions = [
    'r.projection = $1',
    'r.generation = (SELECT generation FROM backstay.view_checkpoints WHERE projection = $1 AND active)',
    ...Object.entries(query.where ?? {}).flatMap(([name, wanted]) =>
      wanted === undefined ? [] : [equality(field(name), wanted, parameter)],
    ),
    ...rangeOf(query, parameter),
    ...keysOf(query, parameter),
    ...behind(query, sort, parameter),
  ];
  const text = `SELECT r.key, r.body, r.cursor, ${sort ?? "''"} AS sort FROM backstay.view_rows r
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${sort === undefined ? '' : `${sort} ${direction}, `}r.key ${direction} LIMIT ${limitOf(query) + 1}`;
  return { text, values };
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
    // Told below, in the same words.
  }
  throw new InvalidCursor(`not a cursor of this list: ${cursor.slice(0, 100)}`);
}
