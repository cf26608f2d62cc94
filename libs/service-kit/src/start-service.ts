import { setTimeout as pause } from 'node:timers/promises';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusStrategy, type Bus } from '@backstay/jetstream';
import { WriteProbe } from '@backstay/postgres';
import { createService, listening, type RunningService } from './application.ts';
import { BusLink } from './bus/bus-link.ts';
import { readSettings } from './config/config.ts';
import { ReplyAdapter } from './http/reply-adapter.ts';
import { PhaseModule, PhaseRun, type PhaseService } from './phase.module.ts';
import { openPlatform, platformOf, type Platform, type Runtime } from './platform.ts';
import { ProcessPhases } from './worker/process-phases.ts';

/** How long a start waits for NATS before it continues without it, in milliseconds. */
const busPatienceMs = 2_000;

/** A process with one phase's service. @throws {ConfigurationProblems} with all of them at once. */
export async function startPhaseService(
  service: PhaseService,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RunningService> {
  const platform = await openPlatform(service.phase, readSettings(environment));
  return started(service, platform, new ProcessPhases(platform, 1));
}

export interface StartedServices {
  readonly services: readonly RunningService[];
  /** Drains all of them. */
  close(): Promise<void>;
}

/** Starts the services of some phases in one process, on what the process shares; the runtime stays the caller's. */
export async function startPhaseServices(
  services: readonly PhaseService[],
  runtime: Runtime,
): Promise<StartedServices> {
  const phases = new ProcessPhases(runtime, services.length);
  const running = await Promise.all(
    services.map((service) => started(service, platformOf(runtime, service.phase), phases)),
  );
  return { services: running, close: async () => void (await Promise.all(running.map((each) => each.close()))) };
}

async function started(service: PhaseService, platform: Platform, phases: ProcessPhases): Promise<RunningService> {
  const { settings, logger } = platform;
  // A kept-alive connection of a scraper must not hold up the drain.
  const adapter = new ReplyAdapter({ forceCloseConnections: true });
  const app = await createService(platform, PhaseModule.forRoot(service, phases), adapter);
  const running = await listening(app, settings.BACKSTAY_HEALTH_PORT ?? service.healthPort);
  await app.get(PhaseRun).started;
  const link = app.get(BusLink);
  const joining = link.join((bus) => hear(app, platform, link, bus));
  await Promise.race([joining, pause(busPatienceMs, undefined, { ref: false })]);
  logger.info({ url: running.url }, 'ready');
  return running;
}

async function hear(app: NestFastifyApplication, platform: Platform, { onFault }: BusLink, bus: Bus): Promise<void> {
  const { name: durable, parked, pool } = platform;
  const probe = new WriteProbe(pool);
  const strategy = new BusStrategy({
    bus,
    durable,
    park: (message) => parked.park(message),
    isAble: async () => (await probe.problem()) === null,
    onFault,
  });
  // Guards and filters of the application are those of HTTP alone.
  app.connectMicroservice<MicroserviceOptions>({ strategy });
  await app.startAllMicroservices();
}
