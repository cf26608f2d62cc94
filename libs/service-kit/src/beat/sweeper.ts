import { isEventType, listeners, type Phase } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { StaleProjector, type OpenWorkChange } from '@backstay/postgres';
import type { Platform } from '../platform.ts';
import type { BeatMetrics } from './metrics.ts';
import { splitStream } from './streams.ts';

const sweepEveryMs = 1_000;
const mostDue = 100;

export interface SweeperOptions {
  readonly phase: Phase;
  readonly categories: readonly string[];
  readonly platform: Platform;
  readonly metrics: BeatMetrics;
  readonly consider: (stream: string) => Promise<void>;
}

/**
 * Finds work without a live owner. Its list is its own subscription of the store, caught up before the first sweep, so the
 * bus may forget everything: an event that no hint told of is found here.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #stop = new AbortController();
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#catchUp();
    this.#done = Promise.all([this.#follow(), this.#sweep()]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #catchUp(): Promise<void> {
    const { phase, platform } = this.#options;
    for (let cursor = await platform.openWork.checkpoint(phase); ;) {
      const page = await platform.store.readAll(cursor, 1000);
      const last = page.at(-1);
      if (last === undefined) return;
      cursor = (await this.#listed(page, cursor)) ? last.cursor : await platform.openWork.checkpoint(phase);
    }
  }

  /** False when another process of this phase was faster: it keeps the same list. */
  async #listed(page: readonly RecordedEvent[], cursor: string | null): Promise<boolean> {
    try {
      await this.#list(page, cursor);
      return true;
    } catch (error) {
      if (error instanceof StaleProjector) return false;
      throw error;
    }
  }

  async #follow(): Promise<void> {
    const { phase, platform } = this.#options;
    while (!this.#stop.signal.aborted) {
      let cursor = await platform.openWork.checkpoint(phase);
      try {
        for await (const batch of platform.store.subscribe({ after: cursor, signal: this.#stop.signal })) {
          const streams = await this.#list(batch, cursor);
          cursor = batch.at(-1)?.cursor ?? cursor;
          for (const stream of streams) void this.#options.consider(stream);
        }
      } catch (error) {
        // Another process of this phase keeps the list too; whoever is behind starts again from the checkpoint.
        if (!(error instanceof StaleProjector))
          platform.logger.error({ err: error }, 'the list of open work could not be kept; trying again');
        await this.#pause();
      }
    }
  }

  async #list(batch: readonly RecordedEvent[], from: string | null): Promise<readonly string[]> {
    const { phase, platform } = this.#options;
    const streams = [...new Set(batch.filter((event) => this.#isHeard(event)).map(({ stream }) => stream))];
    const changes = streams.map((stream): OpenWorkChange => ({ stream, open: true, wakeAt: null }));
    const to = batch.at(-1)?.cursor;
    if (to !== undefined) await platform.openWork.commit(phase, changes, from, to);
    return streams;
  }

  // A type that this version does not know is still looked at: the fold then says aloud that it must not act.
  #isHeard({ stream, type }: RecordedEvent): boolean {
    const { phase, categories } = this.#options;
    if (!categories.includes(splitStream(stream).category)) return false;
    return !isEventType(type) || listeners[type].includes(phase) || type === 'DeploymentRequested';
  }

  async #sweep(): Promise<void> {
    const { phase, platform, metrics, consider } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        const due = await platform.openWork.due(phase, mostDue);
        metrics.openWork(due.length);
        for (const { stream } of due) void consider(stream);
      } catch (error) {
        platform.logger.warn({ err: error }, 'could not sweep; trying again');
      }
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, sweepEveryMs);
      this.#stop.signal.addEventListener('abort', done);
    });
  }
}
