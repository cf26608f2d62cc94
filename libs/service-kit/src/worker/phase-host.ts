import {
  deploymentWorkflow,
  environment,
  environmentWorkflow,
  type DeploymentCommand,
  type DeploymentState,
  type EnvironmentCommand,
  type EnvironmentState,
  type Phase,
} from '@backstay/deployment';
import { UnknownEvent, type RecordedEvent } from '@backstay/event-sourcing';
import type { PendingChange } from '@backstay/postgres';
import type { Logger } from 'pino';
import { AwaitedStreams } from './awaited-streams.ts';
import type { EffectContext, EffectHandlers } from './effect-handler.ts';
import { PendingWorkFollower, type VersionedWakeUp } from './pending-work-follower.ts';
import { PhaseWorker } from './phase-worker.ts';
import type { WorkerPorts } from './ports.ts';
import { wakeUpsBy } from './wake-ups-of.ts';
import { workerMetrics, type WorkerMetrics } from './worker-metrics.ts';
import type { Registry } from 'prom-client';

export type DeploymentContext = EffectContext<DeploymentCommand, DeploymentState>;
export type DeploymentHandlers = EffectHandlers<DeploymentCommand, DeploymentState>;
export type EnvironmentHandlers = EffectHandlers<EnvironmentCommand, EnvironmentState>;

export interface PhaseHandlers {
  readonly deployment: DeploymentHandlers;
  readonly environment?: EnvironmentHandlers;
}

/** A phase that runs in this process. */
export interface HostedPhase extends PhaseHandlers {
  readonly phase: Phase;
  readonly metrics: WorkerMetrics;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** A phase with the log and the metrics of its service. */
export function hostedPhase(
  phase: Phase,
  handlers: PhaseHandlers,
  { logger, registry }: { readonly logger: HostedPhase['logger']; readonly registry: Registry },
): HostedPhase {
  return { phase, logger, metrics: workerMetrics(registry), ...handlers };
}

/** The phases of one process: their workers, and both paths on which they are woken. */
export class PhaseHost {
  readonly #ports: WorkerPorts;
  readonly #awaited = new AwaitedStreams();
  readonly #follower: PendingWorkFollower;
  readonly #drains: readonly (() => Promise<void>)[];

  /** @param phases at least one */
  constructor(ports: WorkerPorts, phases: readonly HostedPhase[]) {
    this.#ports = ports;
    this.#follower = followerOn(ports, phases, this.#awaited);
    const workers = phases.flatMap((phase) => this.#workersOf(phase));
    for (const { phase, worker } of workers)
      this.#follower.register({
        phase,
        category: worker.category,
        wake: (id, version) => worker.wake(id, version),
        settles: (id, version) => worker.settles(id, version),
        isBusyWith: (id) => worker.isBusyWith(id),
      });
    this.#drains = workers.map(
      ({ worker }) =>
        () =>
          worker.drain(),
    );
  }

  /** Resolves when everything that was recorded before is taken into account. */
  start(): Promise<void> {
    return this.#follower.start();
  }

  /** Hears nothing more, lets go of what runs, and waits until all of it is let go. */
  async stop(): Promise<void> {
    await Promise.all(this.#drains.map((drain) => drain()));
    await this.#follower.stop();
  }

  /** @param version of the stream that there is something new at; absent: not known */
  wake(phase: Phase, stream: string, version?: number): void {
    this.#follower.wake(phase, stream, version);
  }

  #workersOf({ phase, deployment, environment, metrics, logger }: HostedPhase) {
    const { deployments, environments, leases, host, slots, clock } = this.#ports;
    const shared = {
      phase,
      leases,
      slots: phase === 'rollback' ? slots.rollback : slots.work,
      clock,
      host,
      metrics,
      logger,
      onSettled: (change: PendingChange, acted: boolean, awaits: readonly string[]) => {
        this.#awaited.set({ phase, stream: change.stream }, awaits);
        this.#follower.settle(change, acted);
      },
    };
    const onDeployments = new PhaseWorker({
      ...shared,
      workflow: deploymentWorkflow,
      repository: deployments,
      handlers: deployment,
    });
    if (environment === undefined) return [{ phase, worker: onDeployments }];
    const onEnvironments = new PhaseWorker({
      ...shared,
      workflow: environmentWorkflow,
      repository: environments,
      handlers: environment,
    });
    return [
      { phase, worker: onDeployments },
      { phase, worker: onEnvironments },
    ];
  }
}

function followerOn(ports: WorkerPorts, phases: readonly HostedPhase[], awaited: AwaitedStreams): PendingWorkFollower {
  const { store, events, deployments, environments, pendingWork, holder, clock } = ports;
  const [{ logger }] = phases as readonly [HostedPhase];
  return new PendingWorkFollower({
    pending: pendingWork,
    readAll: (after, limit) => store.readAll(after, limit),
    compareCursors: (one, other) => store.compareCursors(one, other),
    subscribe: (options) => events.subscribe(options),
    absorb: (batch) => {
      deployments.absorb(batch);
      environments.absorb(batch);
    },
    wakeUpsOf: async (event) => [
      ...(await wakeUpsOf(event, ports)),
      ...awaited.wokenBy(event).map((wakeUp) => ({ ...wakeUp, version: 0 })),
    ],
    holder,
    clock,
    logger,
    onLook: (due) => phases.forEach(({ metrics }) => metrics.pendingWork(due)),
  });
}

async function wakeUpsOf(event: RecordedEvent, { environments }: WorkerPorts): Promise<readonly VersionedWakeUp[]> {
  const environmentAt = async (id: string, version: number) => {
    try {
      return (await environments.loadAtLeast(id, version)).state;
    } catch (error) {
      if (!(error instanceof UnknownEvent)) throw error;
      // Who claims it is not known: nobody else is woken, and whoever looks at its stream refuses it.
      return environment.initialState;
    }
  };
  return (await wakeUpsBy(event, environmentAt)).map((wakeUp) => ({
    ...wakeUp,
    version: wakeUp.stream === event.stream ? event.version : 0,
  }));
}
