import type { Pool } from '../connect.ts';

/** The right to act alone, for a time. The token is the fence: whoever shows a lower one than was seen is refused. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Rises with every acquisition of this name. */
  readonly token: number;
}

/** What the row of a lease remembers of the work that is done under it. */
export interface LeaseRecord {
  /** Times in a row that a holder was lost soon after it had taken the lease. */
  readonly deaths: number;
  /** Faults in a row of one effect. */
  readonly faults: number;
  /** The effect that was tried last. */
  readonly effect: string | null;
}

export const cleanRecord: LeaseRecord = { deaths: 0, faults: 0, effect: null };

export interface Acquisition {
  readonly name: string;
  /** Unique for each process and start: a restarted process is another holder. */
  readonly holder: string;
  readonly ttlMs: number;
  /** The highest token seen elsewhere, in the stream above all; default 0. The new one is greater than both. */
  readonly atLeastToken?: number;
  /** This lease's holder is known to be no longer alive: its end need not be awaited. */
  readonly instead?: Lease;
}

export type Acquired =
  | {
      readonly taken: true;
      readonly lease: Lease;
      readonly record: LeaseRecord;
      /** No other holder has had it since this one, or ever: nothing was done under it that this holder does not know of. */
      readonly isContinued: boolean;
    }
  /** Held by another one at present. */
  | { readonly taken: false; readonly lease: Lease };

/** A holder that is lost within this time of taking a lease may have been lost by the work itself. */
const earlyDeathMs = 30_000;

/**
 * A lease that ends later than its time from now is of before the database's clock was set back. Its holder may live: it is given
 * its time once more, in which a living holder renews it, and not all that the clock was set back by.
 */
export const isWithinItsTime = (lease: string): string =>
  `(${lease}.expires_at <= clock_timestamp() + ${lease}.ttl_ms * interval '1 millisecond')`;

// A lease that was not released belonged to a holder that was lost; the last renewal says how long it had worked.
const acquireSql = `
  WITH before AS (
    SELECT holder, token FROM backstay.leases WHERE name = $1
  ), taken AS (
    INSERT INTO backstay.leases AS l (name, holder, token, expires_at, ttl_ms, taken_at)
    VALUES ($1, $2, $4::bigint + 1, clock_timestamp() + $3::int * interval '1 millisecond', $3, clock_timestamp())
    ON CONFLICT (name) DO UPDATE
    SET holder = EXCLUDED.holder, token = GREATEST(l.token + 1, EXCLUDED.token), expires_at = EXCLUDED.expires_at,
      ttl_ms = EXCLUDED.ttl_ms, taken_at = EXCLUDED.taken_at,
      deaths = CASE
        WHEN l.expires_at = '-infinity' THEN l.deaths
        WHEN l.expires_at - l.ttl_ms * interval '1 millisecond' < l.taken_at + ${earlyDeathMs} * interval '1 millisecond'
          THEN l.deaths + 1
        ELSE 0 END,
      -- Who was lost left no word of what it tried.
      effect = CASE WHEN l.expires_at = '-infinity' THEN l.effect END
    WHERE l.expires_at <= clock_timestamp() OR (l.holder = $5 AND l.token = $6)
    RETURNING l.holder, l.token, l.deaths, l.faults, l.effect
  ), shortened AS (
    UPDATE backstay.leases l SET expires_at = clock_timestamp() + l.ttl_ms * interval '1 millisecond'
    WHERE l.name = $1 AND NOT EXISTS (SELECT FROM taken) AND NOT ${isWithinItsTime('l')}
  )
  SELECT true AS taken, t.holder, t.token, t.deaths, t.faults, t.effect,
    CASE WHEN b.token IS NULL THEN t.token = $4::bigint + 1 ELSE b.holder = t.holder AND b.token + 1 = t.token END AS continued
  FROM taken t LEFT JOIN before b ON true
  UNION ALL
  SELECT false, l.holder, l.token, l.deaths, l.faults, l.effect, false FROM backstay.leases l
  WHERE l.name = $1 AND NOT EXISTS (SELECT FROM taken)`;

const renewSql = `
  UPDATE backstay.leases l SET expires_at = clock_timestamp() + $3::int * interval '1 millisecond', ttl_ms = $3
  FROM unnest($1::text[], $2::bigint[]) AS held(name, token)
  WHERE l.name = held.name AND l.token = held.token AND l.expires_at > clock_timestamp()
  RETURNING l.name`;

const releaseSql = `
  UPDATE backstay.leases SET expires_at = '-infinity', deaths = $4, faults = $5, effect = $6
  WHERE name = $1 AND holder = $2 AND token = $3 AND expires_at > clock_timestamp()`;

const liveSql =
  'SELECT name, holder, token FROM backstay.leases WHERE name = ANY($1::text[]) AND expires_at > clock_timestamp()';

interface AcquiredRow extends LeaseRecord {
  readonly taken: boolean;
  readonly continued: boolean;
  readonly holder: string;
  readonly token: string;
}

/**
 * Leases by the database's clock: those of the holders never count. Give it a pool of its own, two connections are enough:
 * a lease must not be lost because other work keeps a pool busy.
 */
export class Leases {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The lease, or who holds it, the same holder included; null when it was let go in this very moment: ask again. */
  async acquire({ name, holder, ttlMs, atLeastToken = 0, instead }: Acquisition): Promise<Acquired | null> {
    const values = [name, holder, ttlMs, atLeastToken, instead?.holder ?? null, instead?.token ?? null];
    const query = { name: 'backstay-lease-acquire', text: acquireSql, values };
    const [row] = (await this.#pool.query<AcquiredRow>(query)).rows;
    if (row === undefined) return null;
    const lease = { name, holder: row.holder, token: Number(row.token) };
    const { deaths, faults, effect } = row;
    if (!row.taken) return { taken: false, lease };
    return { taken: true, lease, record: { deaths, faults, effect }, isContinued: row.continued };
  }

  /** The names of those that are still held; each of the others expired or was taken over, and is lost for good. */
  async renew(leases: readonly Lease[], ttlMs: number): Promise<ReadonlySet<string>> {
    const values = [leases.map(({ name }) => name), leases.map(({ token }) => token), ttlMs];
    const { rows } = await this.#pool.query<{ name: string }>({ name: 'backstay-lease-renew', text: renewSql, values });
    return new Set(rows.map(({ name }) => name));
  }

  /** False when it was lost before. The token is remembered. */
  async release({ name, holder, token }: Lease, { deaths, faults, effect } = cleanRecord): Promise<boolean> {
    const values = [name, holder, token, deaths, faults, effect];
    const query = { name: 'backstay-lease-release', text: releaseSql, values };
    return (await this.#pool.query(query)).rowCount === 1;
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
