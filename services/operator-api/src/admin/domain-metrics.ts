import { Counter, Gauge, type Metric } from 'prom-client';
import type { Cursor } from '@backstay/event-sourcing';
import type { RelayCheckpoint } from '@backstay/jetstream';
import type { Platform } from '@backstay/service-kit';
import { relayName } from '../run/relay.ts';
import { deploymentOutcomes, outcomesKey, type Outcomes } from './outcomes.ts';

/** Lags and lists are counted up to here: beyond it, they are simply long. */
const countedUpTo = 1_000;

/** Measured when they are asked for, so that every replica reports the same. */
export function registerDomainMetrics(platform: Platform, projections: readonly string[]): void {
  const { registry, views, store, parked } = platform;
  const registers = [registry];
  const lag = (cursor: Cursor | null) => store.countBehind(cursor, countedUpTo);

  new Counter({
    name: 'backstay_deployments_total',
    help: 'Deployments that ended, by outcome',
    labelNames: ['outcome'],
    registers,
    collect: measuring(platform, async (metric: Counter) => {
      const row = await views.get<Outcomes>(deploymentOutcomes.name, outcomesKey);
      metric.reset();
      for (const [outcome, count] of Object.entries(row?.body ?? {})) metric.inc({ outcome }, count);
    }),
  });
  new Gauge({
    name: 'backstay_projection_lag_events',
    help: `Events that a read model has yet to take in, counted up to ${countedUpTo}`,
    labelNames: ['projection'],
    registers,
    collect: measuring(platform, async (metric: Gauge) => {
      const standing = await views.checkpoints(projections);
      for (const projection of projections) metric.set({ projection }, await lag(standing.get(projection) ?? null));
    }),
  });
  new Gauge({
    name: 'backstay_relay_lag_events',
    help: `Events that have yet to be published, counted up to ${countedUpTo}`,
    registers,
    collect: measuring(platform, async (metric: Gauge) => {
      const row = await views.get<RelayCheckpoint>(relayName, relayName);
      metric.set(await lag(row?.body.cursor ?? null));
    }),
  });
  new Gauge({
    name: 'backstay_parked_messages',
    help: `Messages that came over the bus and that nobody could read, counted up to ${countedUpTo}`,
    registers,
    collect: measuring(platform, async (metric: Gauge) => metric.set(await parked.count(countedUpTo))),
  });
  new Gauge({
    name: 'backstay_reader_lag_seconds',
    help: 'Age of the transaction that hides committed events from every reader; 0 when none does',
    registers,
    collect: measuring(platform, async (metric: Gauge) => metric.set((await store.stored.lag()).seconds)),
  });
}

/** What cannot be measured must not take the other metrics with it. */
function measuring<M extends Metric>({ logger }: Platform, measure: (metric: M) => Promise<void>) {
  return async function collect(this: unknown): Promise<void> {
    await measure(this as M).catch((error: unknown) => logger.warn({ err: error }, 'a metric could not be measured'));
  };
}
