import { randomUUID } from 'node:crypto';
import type { Pool } from './connect.ts';

export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * `started`: the request is the first with its key; reply to it and call `complete` or `abandon` with the attempt.
 * `in-flight`: the first one is still handled. `complete`: its reply, to be given again. `mismatch`: the key came before
 * with another request.
 */
export type Begun =
  | { readonly state: 'started'; readonly attempt: string }
  | { readonly state: 'in-flight' }
  | { readonly state: 'complete'; readonly response: StoredResponse }
  | { readonly state: 'mismatch' };

export interface IdempotencyKeysOptions {
  /** After this time without a reply the first request is taken for dead and the next one for the first; default 60000. */
  readonly abandonedAfterMs?: number;
}

interface KeyRow {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly headers: Record<string, string> | null;
  readonly body: string | null;
}

const claimSql = `
  INSERT INTO backstay.idempotency_keys AS k (actor, key, fingerprint, attempt) VALUES ($1, $2, $3, $4)
  ON CONFLICT (actor, key) DO UPDATE SET attempt = EXCLUDED.attempt, created_at = clock_timestamp()
  WHERE k.status IS NULL AND k.fingerprint = EXCLUDED.fingerprint
    AND k.created_at <= clock_timestamp() - $5 * interval '1 millisecond'`;

const findSql =
  'SELECT fingerprint, status, headers, body FROM backstay.idempotency_keys WHERE actor = $1 AND key = $2';

const completeSql = `
  UPDATE backstay.idempotency_keys SET status = $4, headers = $5, body = $6
  WHERE actor = $1 AND key = $2 AND attempt = $3 AND status IS NULL`;

/** Replies to requests by actor and `Idempotency-Key`, so that a repeated request gets the same response and has no second effect. */
export class IdempotencyKeys {
  readonly #pool: Pool;
  readonly #abandonedAfterMs: number;

  constructor(pool: Pool, { abandonedAfterMs = 60_000 }: IdempotencyKeysOptions = {}) {
    this.#pool = pool;
    this.#abandonedAfterMs = abandonedAfterMs;
  }

  /** @param fingerprint digest of all that makes the request what it is: method, path, body */
  async begin(actor: string, key: string, fingerprint: string): Promise<Begun> {
    const attempt = randomUUID();
    const { rowCount } = await this.#pool.query(claimSql, [actor, key, fingerprint, attempt, this.#abandonedAfterMs]);
    if (rowCount === 1) return { state: 'started', attempt };
    const { rows } = await this.#pool.query<KeyRow>(findSql, [actor, key]);
    // Abandoned or deleted between the two statements: the repeated request will find out.
    return rows[0] === undefined ? { state: 'in-flight' } : begunIn(rows[0], fingerprint);
  }

  /** Keeps the reply; false when this attempt was taken for dead meanwhile. */
  async complete(
    actor: string,
    key: string,
    attempt: string,
    { status, headers, body }: StoredResponse,
  ): Promise<boolean> {
    const values = [actor, key, attempt, status, JSON.stringify(headers), body];
    return (await this.#pool.query(completeSql, values)).rowCount === 1;
  }

  /** Forgets an attempt that had no effect, so that the request may be tried again. */
  async abandon(actor: string, key: string, attempt: string): Promise<void> {
    const sql =
      'DELETE FROM backstay.idempotency_keys WHERE actor = $1 AND key = $2 AND attempt = $3 AND status IS NULL';
    await this.#pool.query(sql, [actor, key, attempt]);
  }
}

function begunIn({ fingerprint, status, headers, body }: KeyRow, asked: string): Begun {
  if (fingerprint !== asked) return { state: 'mismatch' };
  if (status === null) return { state: 'in-flight' };
  return { state: 'complete', response: { status, headers: headers ?? {}, body: body ?? '' } };
}
