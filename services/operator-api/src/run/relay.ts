import { runRelay, WakeUps, type Bus, type RelayCheckpoint } from '@backstay/jetstream';
import type { ViewStore } from '@backstay/postgres';
import { openBus, type Platform } from '@backstay/service-kit';
import { underLease } from './under-lease.ts';

/** Name under which the relay keeps how far it came; deleting it publishes everything again. */
export const relayName = 'relay';

/**
 * Publishes events over NATS, wherever in the cluster the relay's lease is held, and the wake-ups of what this process appends,
 * until the signal ends it.
 */
export async function runBus(platform: Platform, signal: AbortSignal): Promise<void> {
  const bus = await connected(platform, signal);
  if (bus === null) return;
  const { nc, js } = bus;
  const { store, events, wakeUps, views } = platform;
  const onFault = ({ error, operation, failures }: { error: Error; operation: string; failures: number }) =>
    platform.logger.warn({ err: error, operation, failures }, 'the bus did not answer as it should');
  if (!wakeUps.isJoined) wakeUps.join(new WakeUps({ nc, source: eventSource, onFault }));
  const subscribe: typeof store.subscribe = (options) => events.subscribe(options);
  try {
    await underLease(relayName, platform, signal, (held) =>
      runRelay({ store, subscribe, js, checkpoint: checkpointIn(views), signal: held, onFault }),
    );
  } finally {
    await bus.close();
  }
}

async function connected({ name, settings, logger }: Platform, signal: AbortSignal): Promise<Bus | null> {
  return openBus(name, settings, logger, signal).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
}

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
const eventSource = '/backstay';
