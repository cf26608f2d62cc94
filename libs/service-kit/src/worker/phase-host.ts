import {
  deploymentWorkflow,
  environmentWorkflow,
  type DeploymentCommand,
  type DeploymentState,
  type EnvironmentCommand,
  type EnvironmentState,
  type Phase,
} from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import type { Platform } from '../platform.ts';
import type { EffectHandlers } from './effect-handler.ts';
import { PendingWorkFollower, type VersionedWakeUp } from './pending-work-follower.ts';
import { PhaseWorker } from './phase-worker.ts';
import type { Clock } from './ports.ts';
import { systemClock } from './system-clock.ts';
import { wakeUpsBy } from './wake-ups-of.ts';
import { workerMetrics, type WorkerMetrics } from './worker-metrics.ts';

export type DeploymentHandlers = EffectHandlers<DeploymentCommand, DeploymentState>;
export type EnvironmentHandlers = EffectHandlers<EnvironmentCommand, EnvironmentState>;

/** A phase that runs in this process. */
export interface HostedPhase {
  readonly phase: Phase;
  readonly platform: Platform;
  readonly deployment: DeploymentHandlers;
  readonly environment?: EnvironmentHandlers;
}

/** The phases of one process: their workers, and both paths on which they are woken. */
export class PhaseHost {
  readonly #follower: PendingWorkFollower;
  readonly #drains: readonly (() => Promise<void>)[];

  /** @param phases at least one; what they share is that of the first one's platform */
  constructor(phases: readonly HostedPhase[]) {
    const [{ platform }] = phases as [HostedPhase];
    const metrics = phases.map(({ platform: { registry } }) => workerMetrics(registry));
    this.#follower = followerOn(platform, metrics);
    const workers = phases.flatMap((phase, index) => this.#workersOf(phase, metrics[index] as WorkerMetrics));
    for (const { phase, worker } of workers)
      this.#follower.register({
        phase,
        category: worker.category,
        wake: (id, version) => worker.wake(id, version),
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

  #workersOf({ phase, platform, deployment, environment }: HostedPhase, metrics: WorkerMetrics) {
    const { leases, host, logger, slots } = platform;
    const shared = {
      phase,
      leases,
      slots: phase === 'rollback' ? slots.rollback : slots.work,
      clock: clockOf(platform),
      host,
      metrics,
      logger,
      onSettled: (...settled: Parameters<PendingWorkFollower['settle']>) => this.#follower.settle(...settled),
    };
    const deployments = new PhaseWorker({
      ...shared,
      workflow: deploymentWorkflow,
      repository: platform.deployments,
      handlers: deployment,
    });
    if (environment === undefined) return [{ phase, worker: deployments }];
    const environments = new PhaseWorker({
      ...shared,
      workflow: environmentWorkflow,
      repository: platform.environments,
      handlers: environment,
    });
    return [
      { phase, worker: deployments },
      { phase, worker: environments },
    ];
  }
}

const clockOf = ({ now }: Platform): Clock => ({ ...systemClock, now });

function followerOn(platform: Platform, metrics: readonly WorkerMetrics[]): PendingWorkFollower {
  const { store, events, deployments, environments, pendingWork, holder, logger } = platform;
  return new PendingWorkFollower({
    pending: pendingWork,
    readAll: (after, limit) => store.readAll(after, limit),
    compareCursors: (one, other) => store.compareCursors(one, other),
    subscribe: (options) => events.subscribe(options),
    absorb: (batch) => {
      deployments.absorb(batch);
      environments.absorb(batch);
    },
    wakeUpsOf: (event) => wakeUpsOf(event, platform),
    holder,
    clock: clockOf(platform),
    logger,
    onLook: (due) => metrics.forEach((each) => each.pendingWork(due)),
  });
}

async function wakeUpsOf(event: RecordedEvent, { environments }: Platform): Promise<readonly VersionedWakeUp[]> {
  const environmentAt = async (id: string, version: number) => (await environments.loadAtLeast(id, version)).state;
  return (await wakeUpsBy(event, environmentAt)).map((wakeUp) => ({
    ...wakeUp,
    version: wakeUp.stream === event.stream ? event.version : 0,
  }));
}
