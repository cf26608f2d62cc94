import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Phase } from '@backstay/deployment';
import { BusStrategy, WakeUps, type Bus } from '@backstay/jetstream';
import { openBus } from './bus/open-bus.ts';
import { wakeController } from './bus/wake.controller.ts';
import { readSettings } from './config/config.ts';
import { HealthController, PLATFORM } from './http/health.controller.ts';
import { directoryHousekeeper, runHousekeeping } from './housekeeping/run-housekeeping.ts';
import { nestLogger } from './http/nest-logger.ts';
import { openRuntime, platformOf, type Platform, type Runtime } from './platform.ts';
import { PhaseHost, type HostedPhase, type PhaseHandlers } from './worker/phase-host.ts';
import { workerMetrics } from './worker/worker-metrics.ts';

/** What a phase's service brings; everything else is the same for all of them. */
export interface PhaseService {
  readonly phase: Phase;
  readonly healthPort: number;
  readonly handlers: (platform: Platform) => PhaseHandlers;
  /** Nest classes of its own, such as the controller of an intake: its `@EventPattern` handlers are heard on the bus. */
  readonly controllers?: readonly Type[];
  readonly providers?: (platform: Platform) => DynamicModule['providers'];
}

export interface RunningService {
  readonly name: string;
  /** Where its health and metrics are. */
  readonly url: string;
  /** Drains: nothing new is begun, what runs is left to others, connections are closed. */
  close(): Promise<void>;
}

/** A start waits this long for NATS and then goes on without it, in milliseconds. */
const busPatienceMs = 2_000;
const eventSource = '/backstay';

class ServiceModule {}

/** A process with one phase's service. @throws {ConfigurationProblems} with all of them at once. */
export async function startPhaseService(
  service: PhaseService,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RunningService> {
  const runtime = await openRuntime(service.phase, readSettings(environment));
  const { services, close } = await startPhaseServices([service], runtime);
  const [started] = services as [RunningService];
  return {
    ...started,
    close: async () => {
      await close();
      await runtime.close();
    },
  };
}

export interface StartedServices {
  readonly services: readonly Omit<RunningService, 'close'>[];
  /** Drains all of them. */
  close(): Promise<void>;
}

/** Starts the services of some phases in one process, on what the process shares; the runtime stays the caller's. */
export async function startPhaseServices(
  services: readonly PhaseService[],
  runtime: Runtime,
): Promise<StartedServices> {
  const hosted = services.map((service) => {
    const platform = platformOf(runtime, service.phase);
    return { service, platform, ...hostedPhase(service, platform) };
  });
  const host = new PhaseHost(runtime, hosted);
  const apps: { readonly app: INestApplication; readonly platform: Platform }[] = [];
  for (const { service, platform } of hosted) apps.push({ app: await listening(service, platform, host), platform });
  await host.start();
  const leaving = new AbortController();
  const housekeeping = runHousekeeping(
    async () => [await directoryHousekeeper(runtime)],
    apps[0]!.platform.logger,
    leaving.signal,
  );
  const joining = joinBus(apps, leaving.signal);
  await Promise.race([joining, pause(busPatienceMs, undefined, { ref: false })]);
  const started = await Promise.all(
    apps.map(async ({ app, platform }) => ({ name: platform.name, url: await app.getUrl() })),
  );
  for (const [index, { platform }] of apps.entries()) platform.logger.info({ url: started[index]?.url }, 'ready');
  return {
    services: started,
    close: async () => {
      leaving.abort();
      runtime.wakeUps.join(null);
      await host.stop();
      await housekeeping;
      const bus = await joining;
      await Promise.all(apps.map(({ app }) => app.close()));
      await bus?.close();
    },
  };
}

/** The phase of a service, on its platform. */
export function hostedPhase(
  { phase, handlers }: Pick<PhaseService, 'phase' | 'handlers'>,
  platform: Platform,
): HostedPhase {
  const { logger, registry } = platform;
  return { phase, logger, metrics: workerMetrics(registry), ...handlers(platform) };
}

async function listening(service: PhaseService, platform: Platform, host: PhaseHost): Promise<INestApplication> {
  const { settings, logger } = platform;
  const app = await NestFactory.create(
    {
      module: ServiceModule,
      controllers: [HealthController, wakeController(service.phase), ...(service.controllers ?? [])],
      providers: [
        { provide: PLATFORM, useValue: platform },
        { provide: PhaseHost, useValue: host },
        ...(service.providers?.(platform) ?? []),
      ],
    },
    // A kept-alive connection of a scraper must not hold up the drain.
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: nestLogger(logger), abortOnError: false },
  );
  await app.listen(settings.BACKSTAY_HEALTH_PORT ?? service.healthPort, settings.BACKSTAY_HTTP_HOST);
  return app;
}

/** Hears and publishes as soon as NATS is there, however long that takes: all work is found without it. Null when the process leaves before. */
async function joinBus(
  apps: readonly { readonly app: INestApplication; readonly platform: Platform }[],
  signal: AbortSignal,
): Promise<Bus | null> {
  const [{ platform }] = apps as readonly [(typeof apps)[number]];
  const { settings, logger, wakeUps } = platform;
  const name = apps.map((each) => each.platform.name).join('-');
  const bus = await openBus(name, settings, logger, signal).catch((error: unknown) => {
    if (!signal.aborted) logger.error({ err: error }, 'the bus cannot be joined');
    return null;
  });
  if (bus === null) return null;
  await Promise.all(apps.map((each) => hear(each, bus)));
  const onFault = faultLog(platform, 'a wake-up was lost');
  wakeUps.join(new WakeUps({ nc: bus.nc, source: eventSource, onFault }));
  return bus;
}

async function hear(
  { app, platform }: { readonly app: INestApplication; readonly platform: Platform },
  bus: Bus,
): Promise<void> {
  const strategy = new BusStrategy({
    bus,
    durable: platform.name,
    park: (message) => platform.parked.park(message),
    onFault: faultLog(platform, 'the bus did not answer as it should'),
  });
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: true });
  await app.startAllMicroservices();
}

function faultLog({ logger }: Platform, message: string) {
  return ({ operation, error, failures }: { operation: string; error: Error; failures: number }) =>
    logger.warn({ err: error, operation, failures }, message);
}
