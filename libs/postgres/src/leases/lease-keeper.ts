import { ignoreFault, type OnFault } from '../faults.ts';
import type { Acquisition, Lease, Leases } from './leases.ts';

export interface KeepOptions extends Omit<Acquisition, 'ttlMs'> {
  /** Default 15000. */
  readonly ttlMs?: number;
  /** Default a third of the ttl. */
  readonly renewEveryMs?: number;
  /** Hears of renewals that failed while the lease may still be held. */
  readonly onFault?: OnFault;
}

/** The reason with which a keeper's signal is aborted: somebody else may act from now on. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly lease: Lease;

  constructor(lease: Lease, why: string) {
    super(`lease ${lease.name} with token ${lease.token} is lost: ${why}`);
    this.lease = lease;
  }
}

/** Holds a lease by renewing it until it is released or lost. */
export class LeaseKeeper {
  readonly lease: Lease;
  readonly #leases: Leases;
  readonly #ttlMs: number;
  readonly #renewEveryMs: number;
  readonly #onFault: OnFault;
  readonly #lost = new AbortController();
  #renewal: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #failures = 0;
  #ended = false;

  private constructor(leases: Leases, lease: Lease, since: number, options: KeepOptions) {
    this.#leases = leases;
    this.lease = lease;
    this.#ttlMs = options.ttlMs ?? 15_000;
    this.#renewEveryMs = options.renewEveryMs ?? this.#ttlMs / 3;
    this.#onFault = options.onFault ?? ignoreFault;
    this.#heldSince(since);
  }

  /** A keeper, or null while somebody else holds the lease. */
  static async take(leases: Leases, options: KeepOptions): Promise<LeaseKeeper | null> {
    const since = performance.now();
    const lease = await leases.acquire({ ...options, ttlMs: options.ttlMs ?? 15_000 });
    return lease && new LeaseKeeper(leases, lease, since, options);
  }

  /** Aborted with `LeaseLost` no later than the database lets somebody else in; never by `release`. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends the keeping. When the database cannot be told, the lease ends by itself. */
  async release(): Promise<void> {
    if (this.#ended) return;
    this.#end();
    await this.#leases.release(this.lease).catch((error: Error) => {
      this.#onFault({ operation: 'release lease', error, failures: 1 });
    });
  }

  // Time counts from before the request was sent, so this clock never runs behind the database's.
  #heldSince(since: number): void {
    this.#failures = 0;
    clearTimeout(this.#deadline);
    const left = Math.max(0, since + this.#ttlMs - performance.now());
    this.#deadline = setTimeout(() => this.#lose('it could not be renewed in time'), left);
    this.#renewIn(this.#renewEveryMs);
  }

  #renewIn(milliseconds: number): void {
    this.#renewal = setTimeout(() => void this.#renew(), milliseconds);
  }

  async #renew(): Promise<void> {
    const since = performance.now();
    try {
      const held = await this.#leases.renew(this.lease, this.#ttlMs);
      if (this.#ended) return;
      if (held) this.#heldSince(since);
      else this.#lose('it expired or was taken over');
    } catch (error) {
      if (this.#ended) return;
      this.#failures += 1;
      this.#onFault({ operation: 'renew lease', error: error as Error, failures: this.#failures });
      this.#renewIn(this.#renewEveryMs / 5);
    }
  }

  #lose(why: string): void {
    this.#end();
    this.#lost.abort(new LeaseLost(this.lease, why));
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#deadline);
  }
}
