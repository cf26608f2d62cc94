import type { DeploymentState, Effect, Phase } from '@backstay/deployment';
import type { Script } from '@backstay/deployment/testing';
import type { Append, Appended, EventStore } from '@backstay/event-sourcing';
import type { Aggregates } from '../../aggregates.ts';
import type { HostedPhase } from '../../worker/phase-host.ts';
import type { HolderPort } from '../../worker/ports.ts';
import type { InMemoryLeases } from '../in-memory/leases.ts';
import type { InMemoryPendingWork } from '../in-memory/pending-work.ts';
import type { Random } from '../in-memory/random.ts';
import type { VirtualTime } from '../in-memory/virtual-time.ts';
import type { WakeUpBus } from '../in-memory/wake-up-bus.ts';
import type { ClaimHandlers } from './scripted-claims.ts';
import type { SimulatedCommands } from './simulated-commands.ts';

export interface SimulatedScript extends Script {
  /** How long an effect takes; default some milliseconds, a step up to three seconds. */
  readonly durationMs?: (effect: Effect) => number;
  /** Throws where the platform cannot perform an effect. */
  readonly fault?: (effect: Effect, state: DeploymentState) => void;
}

/** Planning's claims on the aggregates of a process. */
export type Claims = (aggregates: Aggregates, now: () => string) => ClaimHandlers;

/** How the database behaves; shares are of 1. */
export interface DatabaseBehaviour {
  isAway: boolean;
  /** A request takes up to so many milliseconds. */
  latencyMs: number;
  /** How many replies come later than what follows from them elsewhere. */
  lateReplies: number;
  /** How many requests are carried out although the connection is lost before the reply. */
  lostReplies: number;
}

export interface ProcessOptions {
  /** Default `here`. */
  readonly machine?: string;
  /** Default all of them. */
  readonly phases?: readonly Phase[];
}

/** What a process has around it. */
export interface World {
  readonly random: Random;
  readonly time: VirtualTime;
  readonly now: string;
  readonly store: EventStore;
  readonly leases: InMemoryLeases;
  readonly pending: InMemoryPendingWork;
  readonly bus: WakeUpBus;
  readonly commands: SimulatedCommands;
  readonly claims: Claims;
  readonly database: DatabaseBehaviour;
  readonly durableDelayMs: number;
  readonly newId: () => string;
  /** Whether a process with this holder has ended. */
  isDead(holder: string): boolean;
  /** Appends on behalf of a process, or of nobody. */
  append(append: Append, by?: { kill(): void }): Promise<Appended>;
  restart(process: { readonly options: ProcessOptions }): void;
  scriptOf(id: string): SimulatedScript;
  /** An effect begins; how long it takes, in milliseconds. @throws {Error} where the platform cannot perform it */
  begin(id: string, effect: Effect, state: DeploymentState): number;
  readonly onTick: (tick: { readonly id: string; readonly lateMs: number }) => void;
  log(line: string): void;
  loggerOf(process: Pick<ProcessView, 'holder'>, phase: Phase): HostedPhase['logger'];
}

/** What the effects of a process have of it. */
export interface ProcessView {
  readonly phases: readonly Phase[];
  readonly holder: HolderPort;
  readonly aggregates: Aggregates;
  readonly isAlive: boolean;
  after(milliseconds: number, callback: () => void): () => void;
  wait(milliseconds: number): Promise<void>;
}
