import {
  listeners,
  type DeploymentCommand,
  type DeploymentState,
  type EnvironmentCommand,
  type EnvironmentState,
  type EventType,
  type Phase,
} from '@backstay/deployment';
import type { Fact } from '@backstay/event-sourcing';
import type { Platform } from '../platform.ts';
import { actingDeployment, actingEnvironment } from './aggregate.ts';
import { Beat } from './beat.ts';
import { beatMetrics } from './metrics.ts';
import type { Performers } from './performer.ts';
import { splitStream } from './streams.ts';
import { Sweeper } from './sweeper.ts';

export type DeploymentPerformers = Performers<DeploymentCommand, DeploymentState>;
export type EnvironmentPerformers = Performers<EnvironmentCommand, EnvironmentState>;

/** How phases tell one another that there is something to look at. Nothing in a hint is trusted, and every one may be lost. */
export interface HintPort {
  publish(phase: Phase, stream: string): void;
  /** The answer ends the listening. */
  listen(phase: Phase, handler: (stream: string) => void): () => void;
}

export interface PhaseRunnerOptions {
  readonly phase: Phase;
  readonly platform: Platform;
  readonly deployment: DeploymentPerformers;
  readonly environment?: EnvironmentPerformers;
  readonly lease?: { readonly ttlMs: number; readonly renewEveryMs: number };
}

/** One phase at work: hints and sweeps lead to the beat of the aggregate that a stream belongs to. */
export class PhaseRunner {
  readonly #options: PhaseRunnerOptions;
  readonly #consider: (stream: string) => Promise<void>;
  readonly #drains: readonly (() => Promise<void>)[];
  readonly #sweeper: Sweeper;
  #hints: HintPort | null = null;
  #deaf: () => void = () => {};

  constructor(options: PhaseRunnerOptions) {
    this.#options = options;
    const { phase, platform, deployment, environment, lease } = options;
    const metrics = beatMetrics(platform.registry);
    const shared = {
      phase,
      platform,
      metrics,
      lease,
      announce: (stream: string, events: readonly Fact[]) => this.announce(stream, events),
    };
    const deployments = new Beat(actingDeployment, { ...shared, performers: deployment });
    const environments =
      environment === undefined ? null : new Beat(actingEnvironment, { ...shared, performers: environment });
    const beats = environments === null ? [deployments] : [deployments, environments];
    this.#drains = beats.map((beat) => () => beat.drain());
    this.#consider = (stream) => {
      const { category } = splitStream(stream);
      if (category === deployments.category) return deployments.consider(stream);
      return environments !== null && category === environments.category
        ? environments.consider(stream)
        : Promise.resolve();
    };
    const categories = beats.map(({ category }) => category);
    this.#sweeper = new Sweeper({ phase, categories, platform, metrics, consider: this.#consider });
  }

  start(): Promise<void> {
    return this.#sweeper.start();
  }

  /** Hears and tells hints from now on; until then all work is found by sweeping. */
  join(hints: HintPort): void {
    this.#deaf();
    this.#hints = hints;
    this.#deaf = hints.listen(this.#options.phase, (stream) => void this.#consider(stream));
  }

  /** Hears nothing more, lets go of what runs, and waits until all of it is let go. */
  async stop(): Promise<void> {
    this.#deaf();
    await Promise.all([this.#sweeper.stop(), ...this.#drains.map((drain) => drain())]);
  }

  /** Hints every phase that listens to one of these events. */
  announce(stream: string, events: readonly Fact[]): void {
    const heard = new Set(events.flatMap(({ type }) => listeners[type as EventType] ?? []));
    for (const phase of heard) {
      this.#hints?.publish(phase, stream);
      if (phase === this.#options.phase) void this.#consider(stream);
    }
  }
}
