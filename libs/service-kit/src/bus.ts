import { connectBus, Hints, type Bus } from '@backstay/jetstream';
import type { HintPort } from './beat/phase-runner.ts';
import type { Settings } from './config/config.ts';
import type { Platform } from './platform.ts';

/** Connects to NATS for as long as it takes. @throws the signal's reason when it is aborted before */
export function openBus({ name, logger }: Platform, settings: Settings, signal: AbortSignal): Promise<Bus> {
  return connectBus({
    url: settings.BACKSTAY_NATS_URL,
    creds: settings.BACKSTAY_NATS_CREDS,
    tlsCa: settings.BACKSTAY_NATS_TLS_CA,
    name: `backstay-${name}`,
    onStatus: ({ state, detail }) => logger.info({ state, detail }, 'bus'),
    signal,
  });
}

export function hintsOver({ nc }: Bus, { logger }: Platform): HintPort {
  const hints = new Hints({
    nc,
    hintsFor: () => [],
    onFault: ({ error, operation, failures }) => logger.warn({ err: error, operation, failures }, 'a hint was lost'),
  });
  return {
    publish: (phase, stream) => hints.publish(phase, stream),
    listen: (phase, handler) => hints.listen(phase, handler),
  };
}
