import type { Phase, Workflow } from '@backstay/deployment';
import type { AggregateRepository, DomainEvent } from '@backstay/event-sourcing';
import type { PendingChange } from '@backstay/postgres';
import type { Logger } from 'pino';
import type { EffectHandlers } from './effect-handler.ts';
import type { Clock, LeasePort } from './ports.ts';
import type { Slots } from './slots.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface PhaseWorkerOptions<Command, State, Event extends DomainEvent> {
  readonly phase: Phase;
  readonly workflow: Workflow<Command, State, Event>;
  readonly repository: AggregateRepository<Command, State, Event>;
  readonly handlers: EffectHandlers<Command, State>;
  readonly leases: LeasePort;
  /** Bounds the effects that occupy the machine. */
  readonly slots: Slots;
  readonly clock: Clock;
  /** Name of this machine, recorded with each intent. */
  readonly host: string;
  readonly metrics: WorkerMetrics;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Hears what this phase has to do with a stream from now on; `acted`: as the holder of its lease; `awaits`: streams of others. */
  readonly onSettled: (change: PendingChange, acted: boolean, awaits: readonly string[]) => void;
}
