import { runProjection, type Projection } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';
import { underLease } from './under-lease.ts';

/** Keeps one read model up to date, wherever in the cluster its lease is held, until the signal ends it. */
export async function runProjector(projection: Projection, platform: Platform, signal: AbortSignal): Promise<void> {
  const { store, views } = platform;
  await underLease(`projection/${projection.name}`, platform, signal, (held) =>
    runProjection(projection, store, views.sink(projection.name), held),
  );
}
