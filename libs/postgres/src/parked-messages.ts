import type { Pool } from './connect.ts';

export interface MessageToPark {
  /** From the broker, such as stream and sequence: a redelivered message is parked once. */
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly bytes: Uint8Array;
  /** Why it could not be taken, in a message for an operator. */
  readonly reason: string;
}

export interface ParkedMessage extends Omit<MessageToPark, 'bytes'> {
  readonly bytes: Buffer;
  /** ISO 8601 in UTC, by the database's clock. */
  readonly receivedAt: string;
}

/** Without its content, for lists. */
export type ParkedMessageSummary = Omit<ParkedMessage, 'bytes'> & { readonly size: number };

interface MessageRow {
  readonly id: string;
  readonly subject: string;
  readonly headers: Record<string, string[]>;
  readonly reason: string;
  readonly received_at: Date;
}

const parkSql = `
  INSERT INTO backstay.parked_messages (id, subject, headers, content, reason) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO NOTHING`;

const getSql = 'SELECT id, subject, headers, reason, received_at, content FROM backstay.parked_messages WHERE id = $1';

const listSql = `
  SELECT id, subject, headers, reason, received_at, length(content) AS size FROM backstay.parked_messages
  WHERE $1::text IS NULL OR (received_at, id) < (SELECT received_at, id FROM backstay.parked_messages WHERE id = $1)
  ORDER BY received_at DESC, id DESC LIMIT $2`;

const countSql = 'SELECT count(*)::int AS messages FROM (SELECT FROM backstay.parked_messages LIMIT $1) parked';

/** Messages that nobody could read, kept byte for byte until an operator has seen them. */
export class ParkedMessages {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** False when a message with this id is parked already. */
  async park({ id, subject, headers, bytes, reason }: MessageToPark): Promise<boolean> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { rowCount } = await this.#pool.query(parkSql, [id, subject, JSON.stringify(headers), content, reason]);
    return rowCount === 1;
  }

  async get(id: string): Promise<ParkedMessage | null> {
    const { rows } = await this.#pool.query<MessageRow & { content: Buffer }>(getSql, [id]);
    return rows[0] === undefined ? null : { ...message(rows[0]), bytes: rows[0].content };
  }

  /** How many there are, counted up to a bound. */
  async count(upTo: number): Promise<number> {
    const { rows } = await this.#pool.query<{ messages: number }>(countSql, [upTo]);
    return rows[0]?.messages ?? 0;
  }

  /** The newest first; `after` is the id of the last one of the page before. */
  async list(limit: number, after: string | null = null): Promise<ParkedMessageSummary[]> {
    const { rows } = await this.#pool.query<MessageRow & { size: number }>(listSql, [after, limit]);
    return rows.map((row) => ({ ...message(row), size: row.size }));
  }
}

const message = ({ id, subject, headers, reason, received_at }: MessageRow) => ({
  id,
  subject,
  headers,
  reason,
  receivedAt: received_at.toISOString(),
});
