import { connectBus, type Bus } from '@backstay/jetstream';
import type { Logger } from 'pino';
import type { Settings } from '../config/config.ts';

/** Connects to NATS for as long as it takes. @throws the signal's reason when it is aborted before */
export function openBus(name: string, settings: Settings, logger: Logger, signal: AbortSignal): Promise<Bus> {
  return connectBus({
    url: settings.BACKSTAY_NATS_URL,
    creds: settings.BACKSTAY_NATS_CREDS,
    tlsCa: settings.BACKSTAY_NATS_TLS_CA,
    name: `backstay-${name}`,
    onStatus: ({ state, detail }) => logger.info({ state, detail }, 'bus'),
    signal,
  });
}
