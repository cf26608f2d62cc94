import { cleanRecord, type HeldLease, type LeaseRecord } from '@backstay/postgres';

/** What one pass over a stream holds: its lease, once it is taken, and what the release is to record. */
export class Tenure {
  record: LeaseRecord = cleanRecord;
  /** Key of the effect whose intent stands under this lease. */
  intended: string | null = null;
  #lease: HeldLease | null = null;

  begin(lease: HeldLease): void {
    this.#lease = lease;
    this.record = lease.record;
  }

  get isHeld(): boolean {
    return this.#lease !== null;
  }

  /** Whether the lease was taken and is lost. */
  get isLost(): boolean {
    return this.#lease?.signal.aborted === true;
  }

  get lease(): HeldLease {
    if (this.#lease === null) throw new Error('an effect needs the lease');
    return this.#lease;
  }

  async release(): Promise<void> {
    await this.#lease?.release(this.record);
  }
}
