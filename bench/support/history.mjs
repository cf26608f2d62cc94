import { randomUUID } from 'node:crypto';
import { linkHash } from '@backstay/event-sourcing';
import { sha256 } from './product.mjs';

const columns = {
  stream: 'text',
  version: 'int',
  id: 'text',
  type: 'text',
  data: 'text',
  time: 'text',
  actor: 'text',
  correlation: 'text',
  causation: 'text',
  hash: 'text',
};
const names = Object.keys(columns);
const insertSql = `INSERT INTO backstay.events (${names.join(', ')})
  SELECT * FROM unnest(${Object.values(columns)
    .map((type, index) => `$${index + 1}::${type}[]`)
    .join(', ')})`;
const rowsPerStatement = 4_000;

/** The recorded events of one deployment and of its environment, of which others are made that differ in every identity. */
export class History {
  #rows;
  #identities;
  #id;
  #service;

  static async of(record, { id, service }) {
    const history = new History();
    const sql = `SELECT ${names.join(', ')} FROM backstay.events WHERE stream = ANY($1) ORDER BY tx, position`;
    history.#rows = await record.query(sql, [[`deployment-${id}`, `environment-${service}.production`]]);
    history.#identities = new RegExp([id, service, ...history.#rows.map((row) => row.id)].join('|'), 'g');
    [history.#id, history.#service] = [id, service];
    return history;
  }

  get length() {
    return this.#rows.length;
  }

  /** A copy up to the last event of a type, or whole. @returns {{ id: string, rows: object[] }} */
  copy(service, upTo) {
    const id = randomUUID();
    const replaced = new Map([
      [this.#id, id],
      [this.#service, service],
    ]);
    const renamed = (text) =>
      text.replaceAll(this.#identities, (identity) => {
        if (!replaced.has(identity)) replaced.set(identity, randomUUID());
        return replaced.get(identity);
      });
    const end = upTo === undefined ? this.length : this.#rows.findLastIndex(({ type }) => type === upTo) + 1;
    const heads = new Map();
    const rows = this.#rows.slice(0, end).map((row) => {
      const copied = Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? renamed(value) : value]),
      );
      const { stream, data, actor } = copied;
      const event = { ...copied, data: JSON.parse(data), actor: JSON.parse(actor) };
      copied.hash = linkHash(heads.get(stream) ?? '', event, sha256);
      heads.set(stream, copied.hash);
      return copied;
    });
    return { id, rows };
  }
}

/** Writes many events at once, as they are. */
export async function insertEvents(record, rows) {
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const some = rows.slice(from, from + rowsPerStatement);
    await record.query(
      insertSql,
      names.map((name) => some.map((row) => row[name])),
    );
  }
}
