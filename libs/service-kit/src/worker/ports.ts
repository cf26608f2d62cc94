import type { Cursor } from '@backstay/event-sourcing';
import type { HeldLease, PendingChange, PendingLook, Take } from '@backstay/postgres';

/** Time of this process. */
export interface Clock {
  /** ISO 8601 in UTC. */
  now(): string;
  /** Calls back after so many milliseconds; the result cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The right to act alone on one stream, with a fencing token. */
export interface LeasePort {
  /** Null while somebody else holds it. */
  take(take: Take): Promise<HeldLease | null>;
}

/** Work that a process has to find again after a restart, or after another one was lost. */
export interface PendingWorkPort {
  look(phases: readonly string[], limit: number, machine: string): Promise<PendingLook>;
  write(changes: readonly PendingChange[], checkpoints: ReadonlyMap<string, Cursor>): Promise<void>;
}

/** Who this process is, and what it can tell of others. */
export interface HolderPort {
  /** How this process is named in leases. */
  readonly holder: string;
  /** How the names of all processes of this machine begin. */
  readonly machine: string;
  /** Whether a process of this machine is known to be no longer alive. */
  isDead(holder: string): boolean;
}
