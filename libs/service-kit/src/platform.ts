import { hash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { upcast as deploymentUpcast } from '@backstay/deployment';
import { SharedSubscription, UpcastingEventStore, type Digest, type Upcast } from '@backstay/event-sourcing';
import {
  Blobs,
  connect,
  LeaseKeeper,
  Leases,
  prepareSchema,
  ParkedMessages,
  PendingWork,
  PostgresEventStore,
  Snapshots,
  ViewStore,
  type Fault,
  type Pool,
} from '@backstay/postgres';
import { pino, type Logger } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { aggregatesOn, type Aggregates } from './aggregates.ts';
import { closeDataDirectory } from './close-data-directory.ts';
import type { Settings } from './config/config.ts';
import { ProfileFile } from './config/profile-file.ts';
import { traceAppend } from './tracing/spans.ts';
import { startTracing } from './tracing/start-tracing.ts';
import type { Clock, HolderPort } from './worker/ports.ts';
import { processIdentity } from './worker/process-identity.ts';
import { Slots } from './worker/slots.ts';
import { systemClock } from './worker/system-clock.ts';

/** Effects that occupy the machine at a time; rollbacks have as many of their own. */
const slotsOfProcess = 8;

/** What the services of one process share; the outside world enters here and nowhere else. */
export interface Runtime extends Aggregates {
  readonly settings: Settings;
  /** What is known of all services, for every service of the process. */
  readonly profiles: ProfileFile;
  readonly pool: Pool;
  /** Whatever was stored in an earlier shape is read in that of today. */
  readonly store: UpcastingEventStore<PostgresEventStore>;
  /** The one subscription of the store that feeds every consumer of this process. */
  readonly events: SharedSubscription;
  readonly leases: LeaseKeeper;
  readonly liveLeases: Leases;
  readonly pendingWork: PendingWork;
  readonly views: ViewStore;
  readonly blobs: Blobs;
  readonly parked: ParkedMessages;
  readonly slots: { readonly work: Slots; readonly rollback: Slots };
  readonly holder: HolderPort;
  readonly host: string;
  readonly ids: () => string;
  readonly digest: Digest;
  readonly clock: Clock;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  close(): Promise<void>;
}

/** Under which Nest injects the platform of a service. */
export const PLATFORM = Symbol('platform');

/** What one service stands on. */
export interface Platform extends Runtime {
  readonly name: string;
  readonly registry: Registry;
  readonly logger: Logger;
}

export const sha256: Digest = (text) => hash('sha256', text, 'hex');

/**
 * Opens pools and stores for a process and brings the schema up to date.
 * @param name of the process, for logs and connections
 * @param upcast gives stored events of earlier shapes those of today
 */
export async function openRuntime(
  name: string,
  settings: Settings,
  upcast: Upcast = deploymentUpcast,
): Promise<Runtime> {
  const logger = loggerOf(name, settings);
  await closeDataDirectory(settings.BACKSTAY_DATA_DIR, logger);
  const stopTracing = await startTracing(name, process.env, logger);
  const onFault = ({ operation, error, failures }: Fault) =>
    logger.warn({ err: error, operation, failures }, 'the database did not respond as it should');
  const url = settings.BACKSTAY_POSTGRES_URL;
  const pool = connect({ url, max: 10, applicationName: `backstay-${name}`, onFault });
  // Leases are renewed on connections of their own: a full pool must not lose one, nor one that hangs longer than they last.
  const leasePool = connect({
    url,
    max: 2,
    applicationName: `backstay-${name}-leases`,
    statementTimeoutMs: 2_000,
    onFault,
  });
  await prepareSchema(pool, settings.BACKSTAY_POSTGRES_MIGRATION_URL, onFault);
  const store = new UpcastingEventStore(new PostgresEventStore(pool, { onFault }), upcast);
  const closing = new AbortController();
  const host = settings.BACKSTAY_HOST_NAME ?? hostname();
  const holder = processIdentity(host);
  const clock = systemClock;
  const now = () => clock.now();
  const snapshots = new Snapshots(pool, onFault);
  const liveLeases = new Leases(leasePool);
  return {
    settings,
    profiles: new ProfileFile(settings.BACKSTAY_ENVIRONMENTS),
    pool,
    store,
    events: new SharedSubscription(store, { signal: closing.signal }),
    ...aggregatesOn({ store, ids: randomUUID, digest: sha256, now, traceAppend, snapshots }),
    leases: new LeaseKeeper(liveLeases, { holder: holder.holder, isDead: (other) => holder.isDead(other), onFault }),
    liveLeases,
    pendingWork: new PendingWork(pool),
    views: new ViewStore(pool),
    blobs: new Blobs(pool),
    parked: new ParkedMessages(pool),
    slots: { work: new Slots(slotsOfProcess), rollback: new Slots(slotsOfProcess) },
    holder,
    host,
    ids: randomUUID,
    digest: sha256,
    clock,
    now,
    close: async () => {
      closing.abort();
      await store.stored.close();
      await Promise.all([pool.end(), leasePool.end()]);
      await stopTracing();
    },
  };
}

/** A service's own name, log and metrics, on what the process shares; closing it leaves the runtime to the others. */
export function platformOf(runtime: Runtime, name: string): Platform {
  const registry = new Registry();
  registry.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: registry });
  return { ...runtime, name, registry, logger: loggerOf(name, runtime.settings), close: async () => undefined };
}

/** A process with one service: closing its platform closes the runtime. */
export async function openPlatform(name: string, settings: Settings, upcast?: Upcast): Promise<Platform> {
  const runtime = await openRuntime(name, settings, upcast);
  return { ...platformOf(runtime, name), close: () => runtime.close() };
}

function loggerOf(name: string, settings: Settings): Logger {
  return pino({ level: settings.BACKSTAY_LOG_LEVEL, base: { service: name } }, pino.destination(2));
}
