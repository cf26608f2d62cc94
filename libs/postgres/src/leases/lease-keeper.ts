import { ignoreFault, type OnFault } from '../faults.ts';
import { cleanRecord, type Acquired, type Lease, type LeaseRecord, type Leases } from './leases.ts';

export interface LeaseKeeperOptions {
  /** Unique for each process and start. */
  readonly holder: string;
  /** Default 15000. */
  readonly ttlMs?: number;
  /** Default a third of the ttl. */
  readonly renewEveryMs?: number;
  /** Whether a holder is known to be no longer alive; default: of nobody. */
  readonly isDead?: (holder: string) => boolean;
  /** Hears of renewals that failed while the leases may still be held. */
  readonly onFault?: OnFault;
  /** Default those of the process. */
  readonly timers?: Timers;
}

/** Milliseconds of a clock that only rises, and calls after some of them; the result of `after` cancels. */
export interface Timers {
  elapsedMs(): number;
  after(milliseconds: number, callback: () => void): () => void;
}

const processTimers: Timers = {
  elapsedMs: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface Take {
  readonly name: string;
  /** The highest token seen elsewhere, in the stream above all; default 0. */
  readonly atLeastToken?: number;
}

/** The reason with which the signal of a held lease is aborted: somebody else may act from now on. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly lease: Lease;

  constructor(lease: Lease, why: string) {
    super(`lease ${lease.name} with token ${lease.token} is lost: ${why}`);
    this.lease = lease;
  }
}

export interface HeldLease {
  readonly token: number;
  /** What was remembered when it was taken. */
  readonly record: LeaseRecord;
  /** No other process has held it since this one, or ever; absent: not known. */
  readonly isContinued?: boolean;
  /** Aborted with `LeaseLost` no later than the database lets somebody else in; never by `release`. */
  readonly signal: AbortSignal;
  /** Lets go and leaves a record for the next holder. When the database cannot be reached, the lease ends by itself. */
  release(record?: LeaseRecord): Promise<void>;
}

interface Held {
  readonly lease: Lease;
  readonly lost: AbortController;
  cancelDeadline: () => void;
}

/** All leases of one process: one statement renews them together, as long as there are any. */
export class LeaseKeeper {
  readonly #leases: Pick<Leases, 'acquire' | 'renew' | 'release'>;
  readonly #options: Required<LeaseKeeperOptions>;
  readonly #held = new Map<string, Held>();
  #cancelRenewal: (() => void) | null = null;
  #isRenewing = false;
  #failures = 0;

  constructor(leases: Pick<Leases, 'acquire' | 'renew' | 'release'>, options: LeaseKeeperOptions) {
    const { ttlMs = 15_000 } = options;
    this.#leases = leases;
    this.#options = {
      ttlMs,
      renewEveryMs: ttlMs / 3,
      isDead: () => false,
      onFault: ignoreFault,
      timers: processTimers,
      ...options,
    };
  }

  /** The lease, or null while somebody else holds it who is not known to be dead. */
  async take({ name, atLeastToken }: Take): Promise<HeldLease | null> {
    const { holder, ttlMs, isDead, timers } = this.#options;
    let instead: Lease | undefined;
    for (;;) {
      const since = timers.elapsedMs();
      const acquired: Acquired | null = await this.#leases.acquire({
        name,
        holder,
        ttlMs,
        ...(atLeastToken !== undefined && { atLeastToken }),
        ...(instead && { instead }),
      });
      if (acquired?.taken === true) return this.#hold(acquired, since);
      // Of two that succeed a dead holder at once one finds the other, who is alive.
      if (acquired !== null && !isDead(acquired.lease.holder)) return null;
      instead = acquired?.lease;
    }
  }

  #hold({ lease, record, isContinued }: Extract<Acquired, { taken: true }>, since: number): HeldLease {
    const held: Held = { lease, lost: new AbortController(), cancelDeadline: this.#deadline(lease.name, since) };
    this.#held.set(lease.name, held);
    this.#renewSoon();
    return {
      token: lease.token,
      record,
      isContinued,
      signal: held.lost.signal,
      release: (next) => this.#release(held, next),
    };
  }

  async #release(held: Held, record: LeaseRecord = cleanRecord): Promise<void> {
    if (!this.#forget(held)) return;
    await this.#leases.release(held.lease, record).catch((error: Error) => {
      this.#options.onFault({ operation: 'release lease', error, failures: 1 });
    });
  }

  // Time counts from before the request was sent, so this clock never runs behind the database's.
  #deadline(name: string, since: number): () => void {
    const { timers, ttlMs } = this.#options;
    const left = Math.max(0, since + ttlMs - timers.elapsedMs());
    return timers.after(left, () => this.#lose(name, 'it could not be renewed in time'));
  }

  #renewSoon(milliseconds = this.#options.renewEveryMs): void {
    if (this.#isRenewing) return;
    this.#cancelRenewal ??= this.#options.timers.after(milliseconds, () => {
      this.#renew().catch(() => this.#renewSoon());
    });
  }

  async #renew(): Promise<void> {
    const { ttlMs, renewEveryMs, onFault, timers } = this.#options;
    this.#cancelRenewal = null;
    this.#isRenewing = true;
    const renewing = [...this.#held.values()];
    const since = timers.elapsedMs();
    let nextMs = renewEveryMs;
    try {
      const leases = renewing.map(({ lease }) => lease);
      const names =
        leases.length === 0 ? new Set<string>() : await this.#withinLimit(this.#leases.renew(leases, ttlMs));
      this.#failures = 0;
      for (const held of renewing) this.#renewed(held, names.has(held.lease.name), since);
    } catch (error) {
      this.#failures += 1;
      nextMs = renewEveryMs / 5;
      onFault({ operation: 'renew leases', error: error as Error, failures: this.#failures });
    } finally {
      this.#isRenewing = false;
      if (this.#held.size > 0) this.#renewSoon(nextMs);
    }
  }

  /** A server that is gone without a word must not keep the next try, on another connection, from coming in time. */
  async #withinLimit<T>(reply: Promise<T>): Promise<T> {
    const { timers, renewEveryMs } = this.#options;
    let cancel = (): void => {};
    const late = new Promise<never>((_resolve, reject) => {
      cancel = timers.after(renewEveryMs, () => reject(new Error(`no response within ${renewEveryMs} ms`)));
    });
    try {
      return await Promise.race([reply, late]);
    } finally {
      cancel();
    }
  }

  #renewed(held: Held, isHeld: boolean, since: number): void {
    const { name } = held.lease;
    if (this.#held.get(name) !== held) return;
    if (!isHeld) return this.#lose(name, 'it expired or was taken over');
    held.cancelDeadline();
    held.cancelDeadline = this.#deadline(name, since);
  }

  #lose(name: string, why: string): void {
    const held = this.#held.get(name);
    if (held !== undefined && this.#forget(held)) held.lost.abort(new LeaseLost(held.lease, why));
  }

  /** False when it was let go or lost before. */
  #forget(held: Held): boolean {
    if (this.#held.get(held.lease.name) !== held) return false;
    this.#held.delete(held.lease.name);
    held.cancelDeadline();
    if (this.#held.size === 0) {
      this.#cancelRenewal?.();
      this.#cancelRenewal = null;
    }
    return true;
  }
}
