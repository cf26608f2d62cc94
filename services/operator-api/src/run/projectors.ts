import { setInterval } from 'node:timers/promises';
import { runProjection, type Projection, type ProjectionSink } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';
import { underLease } from './under-lease.ts';

/** How soon a read model that was dropped is begun anew, also when nothing happens meanwhile. */
const lookMs = 1_000;

/** Keeps one read model up to date, wherever in the cluster its lease is held, until the signal ends it. */
export async function runProjector(projection: Projection, platform: Platform, signal: AbortSignal): Promise<void> {
  const { store, views } = platform;
  await underLease(`projection/${projection.name}`, platform, signal, async (held) => {
    const ending = new AbortController();
    const whileItStands = AbortSignal.any([held, ending.signal]);
    const sink = new NotingSink(views.sink(projection.name));
    const watching = untilDropped(sink, () => views.checkpoint(projection.name), whileItStands).then(() =>
      ending.abort(),
    );
    try {
      await runProjection(projection, store, sink, whileItStands);
    } finally {
      ending.abort();
      await watching;
    }
  });
}

/** Knows whether there is a checkpoint that this projector read or wrote. */
class NotingSink implements ProjectionSink {
  readonly #sink: ProjectionSink;
  #stands = false;

  constructor(sink: ProjectionSink) {
    this.#sink = sink;
  }

  get stands(): boolean {
    return this.#stands;
  }

  async checkpoint(): ReturnType<ProjectionSink['checkpoint']> {
    const checkpoint = await this.#sink.checkpoint();
    this.#stands = checkpoint !== null;
    return checkpoint;
  }

  load(keys: readonly string[]): ReturnType<ProjectionSink['load']> {
    return this.#sink.load(keys);
  }

  async commit(...committed: Parameters<ProjectionSink['commit']>): Promise<void> {
    await this.#sink.commit(...committed);
    this.#stands = true;
  }
}

/** Ends when a checkpoint that stood is gone, or with the signal. */
async function untilDropped(sink: NotingSink, stored: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(lookMs, undefined, { signal })) {
      if (sink.stands && (await stored()) === null) return;
    }
  } catch {
    // The signal ended it, or the database does not answer: then the next turn begins with what is stored.
  }
}
