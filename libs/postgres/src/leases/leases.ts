import type { Pool } from '../connect.ts';

/** The right to act alone, for a time. The token is the fence: whoever shows a lower one than was seen is refused. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows with every acquisition of this name. */
  readonly token: number;
}

export interface Acquisition {
  readonly name: string;
  /** Unique for each process and start: a restarted process is another holder. */
  readonly holder: string;
  readonly ttlMs: number;
  /** The highest token seen elsewhere, in the stream above all; default 0. The new one is greater than both. */
  readonly atLeastToken?: number;
}

const acquireSql = `
  INSERT INTO backstay.leases AS l (name, holder, token, expires_at)
  VALUES ($1, $2, $4::bigint + 1, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE
  SET holder = EXCLUDED.holder, token = GREATEST(l.token + 1, EXCLUDED.token), expires_at = EXCLUDED.expires_at
  WHERE l.expires_at <= clock_timestamp()
  RETURNING token`;

const renewSql = `
  UPDATE backstay.leases SET expires_at = clock_timestamp() + $4 * interval '1 millisecond'
  WHERE name = $1 AND holder = $2 AND token = $3 AND expires_at > clock_timestamp()`;

const releaseSql = `
  UPDATE backstay.leases SET expires_at = '-infinity'
  WHERE name = $1 AND holder = $2 AND token = $3 AND expires_at > clock_timestamp()`;

const liveSql =
  'SELECT name, holder, token FROM backstay.leases WHERE name = ANY($1::text[]) AND expires_at > clock_timestamp()';

/**
 * Leases by the database's clock: those of the holders never count. Give it a pool of its own, two connections are enough:
 * a lease must not be lost because other work keeps a pool busy.
 */
export class Leases {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The lease, or null while anybody holds it, the same holder included. */
  async acquire({ name, holder, ttlMs, atLeastToken = 0 }: Acquisition): Promise<Lease | null> {
    const { rows } = await this.#pool.query<{ token: string }>(acquireSql, [name, holder, ttlMs, atLeastToken]);
    return rows[0] === undefined ? null : { name, holder, token: Number(rows[0].token) };
  }

  /** False when it expired or was taken over: then it is lost for good. */
  async renew({ name, holder, token }: Lease, ttlMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(renewSql, [name, holder, token, ttlMs]);
    return rowCount === 1;
  }

  /** False when it was lost before. The token is remembered. */
  async release({ name, holder, token }: Lease): Promise<boolean> {
    const { rowCount } = await this.#pool.query(releaseSql, [name, holder, token]);
    return rowCount === 1;
  }

  /** The live lease of this name, or null. */
  async holderOf(name: string): Promise<Lease | null> {
    return (await this.live([name])).get(name) ?? null;
  }

  /** Those of the names that somebody holds now. */
  async live(names: readonly string[]): Promise<Map<string, Lease>> {
    const { rows } = await this.#pool.query<{ name: string; holder: string; token: string }>(liveSql, [names]);
    return new Map(rows.map(({ name, holder, token }) => [name, { name, holder, token: Number(token) }]));
  }
}
