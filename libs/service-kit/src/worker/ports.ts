import type {
  DeploymentCommand,
  DeploymentEvent,
  DeploymentState,
  EnvironmentCommand,
  EnvironmentEvent,
  EnvironmentState,
} from '@backstay/deployment';
import type { AggregateRepository, Cursor, EventStore } from '@backstay/event-sourcing';
import type { HeldLease, PendingChange, PendingLook, Take } from '@backstay/postgres';
import type { Slots } from './slots.ts';

/** What the phases of one process work on; each port has a form in memory, so that the same composition is simulated. */
export interface WorkerPorts {
  readonly store: Pick<EventStore, 'readAll' | 'compareCursors'>;
  /** The subscription that feeds every consumer of this process. */
  readonly events: Pick<EventStore, 'subscribe'>;
  readonly deployments: AggregateRepository<DeploymentCommand, DeploymentState, DeploymentEvent>;
  readonly environments: AggregateRepository<EnvironmentCommand, EnvironmentState, EnvironmentEvent>;
  readonly leases: LeasePort;
  readonly pendingWork: PendingWorkPort;
  readonly slots: { readonly work: Slots; readonly rollback: Slots };
  readonly holder: HolderPort;
  /** Name of this machine, recorded with each intent. */
  readonly host: string;
  readonly clock: Clock;
}

/** Time of this process. */
export interface Clock {
  /** ISO 8601 in UTC. */
  now(): string;
  /** Milliseconds of a clock that only rises: for how long something lasts, whatever happens to the time of day. */
  elapsedMs(): number;
  /** Calls back after so many milliseconds; the result cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The right to act alone on one stream, with a fencing token. */
export interface LeasePort {
  /** Null while another process holds it. */
  take(take: Take): Promise<HeldLease | null>;
}

/** Work that a process has to find again after a restart, or after another one was lost. */
export interface PendingWorkPort {
  look(phases: readonly string[], limit: number, machine: string): Promise<PendingLook>;
  write(changes: readonly PendingChange[], checkpoints: ReadonlyMap<string, Cursor>): Promise<void>;
}

/** The identity of this process, and what it knows of other holders. */
export interface HolderPort {
  /** How this process is named in leases. */
  readonly holder: string;
  /** How the names of all processes of this machine begin. */
  readonly machine: string;
  /** Whether a process of this machine is known to be no longer alive. */
  isDead(holder: string): boolean;
}
