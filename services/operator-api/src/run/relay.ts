import { isEventType, listeners } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { connectBus, Hints, runRelay, type Bus, type RelayCheckpoint } from '@backstay/jetstream';
import type { ViewStore } from '@backstay/postgres';
import type { Platform } from '@backstay/service-kit';
import { underLease } from './under-lease.ts';

/** Name under which the relay keeps how far it came; deleting it publishes everything again. */
export const relayName = 'relay';

/** Publishes events and hints over NATS, wherever in the cluster the lease is held, until the signal ends it. */
export async function runBus(platform: Platform, signal: AbortSignal): Promise<void> {
  const bus = await connected(platform, signal);
  if (bus === null) return;
  const { nc, js } = bus;
  const onFault = ({ error, operation, failures }: { error: Error; operation: string; failures: number }) =>
    platform.logger.warn({ err: error, operation, failures }, 'the bus did not answer as it should');
  const hints = new Hints({ nc, hintsFor, onFault });
  const announce = (events: readonly RecordedEvent[]) => hints.announce(events);
  try {
    await underLease(relayName, platform, signal, async (held) => {
      const checkpoint = checkpointIn(platform.views);
      await runRelay({ store: platform.store, js, checkpoint, signal: held, onFault, announce });
    });
  } finally {
    await bus.close();
  }
}

async function connected({ settings, logger }: Platform, signal: AbortSignal): Promise<Bus | null> {
  const bus = connectBus({
    url: settings.BACKSTAY_NATS_URL,
    ...(settings.BACKSTAY_NATS_CREDS && { creds: settings.BACKSTAY_NATS_CREDS }),
    ...(settings.BACKSTAY_NATS_TLS_CA && { tlsCa: settings.BACKSTAY_NATS_TLS_CA }),
    name: 'backstay-operator-api',
    onStatus: ({ state, detail }) => logger.info({ state, detail }, 'bus'),
    signal,
  });
  return bus.catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
}

const hintsFor = ({ type }: { readonly type: string }): readonly string[] => (isEventType(type) ? listeners[type] : []);

/** Kept as a row of the view store: it moves only from where this relay found it, or left it. */
function checkpointIn(views: ViewStore) {
  const sink = views.sink(relayName);
  return {
    load: async () => {
      await sink.checkpoint();
      return ((await sink.load([relayName])).get(relayName) as RelayCheckpoint | undefined) ?? null;
    },
    save: (checkpoint: RelayCheckpoint) =>
      sink.commit([{ key: relayName, body: checkpoint }], checkpoint.cursor ?? beginning),
  };
}

const beginning = '';
