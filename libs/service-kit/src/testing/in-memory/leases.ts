import {
  cleanRecord,
  type Acquired,
  type Acquisition,
  type Lease,
  type LeaseRecord,
  type Leases,
} from '@backstay/postgres';

interface Row extends LeaseRecord {
  readonly holder: string;
  readonly token: number;
  /** Milliseconds since 1970; -Infinity: it was let go of. */
  readonly expiresAt: number;
  readonly ttlMs: number;
  readonly takenAt: number;
}

/** A holder that is lost within this time of taking a lease may have been lost by the work itself. */
const earlyDeathMs = 30_000;

/** The table of leases, with the rules of its statements. */
export class InMemoryLeases implements Pick<Leases, 'acquire' | 'renew' | 'release' | 'live' | 'holderOf'> {
  readonly #rows = new Map<string, Row>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  acquire({ name, holder, ttlMs, atLeastToken = 0, instead }: Acquisition): Promise<Acquired> {
    const now = this.#nowMs();
    const row = this.#rows.get(name);
    const isFree =
      row === undefined ||
      row.expiresAt <= now ||
      (instead !== undefined && row.holder === instead.holder && row.token === instead.token);
    if (!isFree) {
      this.#rows.set(name, { ...row, expiresAt: Math.min(row.expiresAt, now + row.ttlMs) });
      return Promise.resolve({ taken: false, lease: leaseOf(name, row) });
    }
    // Who was lost left no word of what it tried.
    const effect = row?.expiresAt === -Infinity ? row.effect : null;
    const record = { ...cleanRecord, faults: row?.faults ?? 0, effect, deaths: deathsOf(row) };
    const token = Math.max((row?.token ?? 0) + 1, atLeastToken + 1);
    const taken: Row = { ...record, holder, token, expiresAt: now + ttlMs, ttlMs, takenAt: now };
    this.#rows.set(name, taken);
    const isContinued = row === undefined || (row.holder === holder && row.token + 1 === token);
    return Promise.resolve({ taken: true, lease: leaseOf(name, taken), record, isContinued });
  }

  renew(leases: readonly Lease[], ttlMs: number): Promise<ReadonlySet<string>> {
    const renewed = leases.filter(({ name, token }) => this.#liveRow(name)?.token === token);
    for (const { name } of renewed)
      this.#rows.set(name, { ...(this.#rows.get(name) as Row), ttlMs, expiresAt: this.#nowMs() + ttlMs });
    return Promise.resolve(new Set(renewed.map(({ name }) => name)));
  }

  release({ name, holder, token }: Lease, { deaths, faults, effect }: LeaseRecord = cleanRecord): Promise<boolean> {
    const row = this.#liveRow(name);
    if (row?.holder !== holder || row.token !== token) return Promise.resolve(false);
    this.#rows.set(name, { ...row, deaths, faults, effect, expiresAt: -Infinity });
    return Promise.resolve(true);
  }

  live(names: readonly string[]): Promise<Map<string, Lease>> {
    const held = names.flatMap((name): [string, Lease][] => {
      const row = this.#liveRow(name);
      return row === undefined ? [] : [[name, leaseOf(name, row)]];
    });
    return Promise.resolve(new Map(held));
  }

  async holderOf(name: string): Promise<Lease | null> {
    return (await this.live([name])).get(name) ?? null;
  }

  /** The holder of a lease at present; null: nobody, or it is of before the clock was set back. */
  heldBy(name: string): string | null {
    const row = this.#liveRow(name);
    return row === undefined || row.expiresAt > this.#nowMs() + row.ttlMs ? null : row.holder;
  }

  /** Milliseconds until a lease ends. */
  leftMs(name: string): number {
    return (this.#rows.get(name)?.expiresAt ?? -Infinity) - this.#nowMs();
  }

  /** What its row remembers. */
  recordOf(name: string): LeaseRecord | undefined {
    return this.#rows.get(name);
  }

  /** Lets a lease expire now. */
  expire(name: string): void {
    const row = this.#rows.get(name);
    if (row !== undefined && row.expiresAt > this.#nowMs()) this.#rows.set(name, { ...row, expiresAt: this.#nowMs() });
  }

  get names(): readonly string[] {
    return [...this.#rows.keys()];
  }

  #liveRow(name: string): Row | undefined {
    const row = this.#rows.get(name);
    return row !== undefined && row.expiresAt > this.#nowMs() ? row : undefined;
  }
}

const leaseOf = (name: string, { holder, token }: Row): Lease => ({ name, holder, token });

/** A lease that was not released belonged to a holder that was lost; the last renewal says how long it had worked. */
function deathsOf(row: Row | undefined): number {
  if (row === undefined) return 0;
  if (row.expiresAt === -Infinity) return row.deaths;
  return row.expiresAt - row.ttlMs < row.takenAt + earlyDeathMs ? row.deaths + 1 : 0;
}
