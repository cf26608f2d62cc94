import { setInterval, setTimeout as pause } from 'node:timers/promises';
import { Projector, type Projection } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';
import { underLease } from './under-lease.ts';
import type { Visibility } from './visibility.ts';

/** How soon a read model that was dropped is begun anew, also when nothing happens meanwhile. */
const lookMs = 2_000;

/** Keeps all read models up to date, wherever in the cluster their lease is held, until the signal ends it. */
export async function runProjector(
  projections: readonly Projection[],
  platform: Platform,
  visibility: Visibility,
  signal: AbortSignal,
): Promise<void> {
  const { store, events, views } = platform;
  const names = projections.map(({ name }) => name);
  await underLease('projections', platform, signal, async (held) => {
    const ending = new AbortController();
    const whileTheyStand = AbortSignal.any([held, ending.signal]);
    const projector = new Projector(projections, {
      store,
      subscribe: (options) => events.subscribe(options),
      sink: views.sinkOf(names),
      pause: (milliseconds, ended) => pause(milliseconds, undefined, { signal: ended }).catch(() => undefined),
      elapsedMs: () => performance.now(),
      onPassed: (cursor) => visibility.passed(cursor),
    });
    const isDropped = async () => {
      const standing = await views.checkpoints(names);
      return projector.hasCheckpoints && names.some((name) => (standing.get(name) ?? null) === null);
    };
    const watching = until(isDropped, whileTheyStand).then(() => ending.abort());
    const leave = visibility.keepHere();
    try {
      await projector.run(whileTheyStand);
    } finally {
      leave();
      ending.abort();
      await watching;
    }
  });
}

/** Ends when it is so, or with the signal. */
async function until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(lookMs, undefined, { signal })) if (await isSo()) return;
  } catch {
    // The signal ended it, or the database does not answer: then the next look begins with what is stored.
  }
}
