import { Counter, Gauge, type Metric } from 'prom-client';
import type { Cursor } from '@backstay/event-sourcing';
import type { RelayCheckpoint } from '@backstay/jetstream';
import type { Platform } from '@backstay/service-kit';
import { relayName } from '../run/relay.ts';
import { deploymentOutcomes, outcomesKey, type Outcomes } from './outcomes.ts';

/** A lag is counted up to here: beyond it, it is simply long. */
const lagAtMost = 1_000;

/** Measured when they are asked for, so that every replica tells the same. */
export function registerDomainMetrics(platform: Platform, projections: readonly string[]): void {
  const { registry, views, store } = platform;
  const registers = [registry];
  const lag = async (cursor: Cursor | null) => (await store.readAll(cursor, lagAtMost)).length;

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
    help: `Events that a read model has yet to take in, counted up to ${lagAtMost}`,
    labelNames: ['projection'],
    registers,
    collect: measuring(platform, async (metric: Gauge) => {
      for (const projection of projections) metric.set({ projection }, await lag(await views.checkpoint(projection)));
    }),
  });
  new Gauge({
    name: 'backstay_relay_lag_events',
    help: `Events that have yet to be published, counted up to ${lagAtMost}`,
    registers,
    collect: measuring(platform, async (metric: Gauge) => {
      const row = await views.get<RelayCheckpoint>(relayName, relayName);
      metric.set(await lag(row?.body.cursor ?? null));
    }),
  });
  new Gauge({
    name: 'backstay_reader_lag_seconds',
    help: 'Age of the transaction that hides committed events from every reader; 0 when none does',
    registers,
    collect: measuring(platform, async (metric: Gauge) => metric.set((await store.lag()).seconds)),
  });
}

/** What cannot be measured must not take the other metrics with it. */
function measuring<M extends Metric>({ logger }: Platform, measure: (metric: M) => Promise<void>) {
  return async function collect(this: unknown): Promise<void> {
    await measure(this as M).catch((error: unknown) => logger.warn({ err: error }, 'a metric could not be measured'));
  };
}
