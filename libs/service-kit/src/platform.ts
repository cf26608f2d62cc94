import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Digest } from '@backstay/event-sourcing';
import {
  Blobs,
  connect,
  Leases,
  migrate,
  OpenWork,
  ParkedMessages,
  PostgresEventStore,
  ViewStore,
  type Fault,
  type Pool,
} from '@backstay/postgres';
import { pino, type Logger } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { Settings } from './config/config.ts';

/** What every service stands on; the outside world enters here and nowhere else. */
export interface Platform {
  readonly name: string;
  readonly settings: Settings;
  readonly pool: Pool;
  readonly store: PostgresEventStore;
  readonly leases: Leases;
  readonly openWork: OpenWork;
  readonly views: ViewStore;
  readonly blobs: Blobs;
  readonly parked: ParkedMessages;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly host: string;
  readonly ids: () => string;
  readonly digest: Digest;
  readonly now: () => string;
  close(): Promise<void>;
}

export const sha256: Digest = (text) => createHash('sha256').update(text).digest('hex');

/** Opens pools and stores for one service and brings the schema up to date. */
export async function openPlatform(name: string, settings: Settings): Promise<Platform> {
  const logger = pino({ level: settings.BACKSTAY_LOG_LEVEL, base: { service: name } }, pino.destination(2));
  const onFault = ({ operation, error, failures }: Fault) =>
    logger.warn({ err: error, operation, failures }, 'the database did not answer as it should');
  const url = settings.BACKSTAY_POSTGRES_URL;
  const pool = connect({ url, max: 6, applicationName: `backstay-${name}`, onFault });
  // Leases are renewed on connections of their own: a full pool must not lose one.
  const leasePool = connect({ url, max: 2, applicationName: `backstay-${name}-leases`, onFault });
  await migrate(pool);
  const store = new PostgresEventStore(pool, { onFault });
  const registry = new Registry();
  registry.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: registry });
  return {
    name,
    settings,
    pool,
    store,
    leases: new Leases(leasePool),
    openWork: new OpenWork(pool),
    views: new ViewStore(pool),
    blobs: new Blobs(pool),
    parked: new ParkedMessages(pool),
    registry,
    logger,
    host: settings.BACKSTAY_HOST_NAME ?? hostname(),
    ids: randomUUID,
    digest: sha256,
    now: () => new Date().toISOString(),
    close: async () => {
      await store.close();
      await Promise.all([pool.end(), leasePool.end()]);
    },
  };
}
