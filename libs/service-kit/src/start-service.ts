import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Phase } from '@backstay/deployment';
import type { Bus } from '@backstay/jetstream';
import { PhaseRunner, type DeploymentPerformers, type EnvironmentPerformers } from './beat/phase-runner.ts';
import { hintsOver, openBus } from './bus.ts';
import { readSettings, type Settings } from './config/config.ts';
import { HealthController, PLATFORM } from './http/health.controller.ts';
import { nestLogger } from './http/nest-logger.ts';
import { openPlatform, type Platform } from './platform.ts';

/** What a phase's service brings; everything else is the same for all of them. */
export interface PhaseService {
  readonly phase: Phase;
  readonly healthPort: number;
  readonly performers: (platform: Platform) => {
    readonly deployment: DeploymentPerformers;
    readonly environment?: EnvironmentPerformers;
  };
  /** Nest classes of its own, such as the controller of an intake. */
  readonly controllers?: readonly Type[];
  readonly providers?: (platform: Platform, runner: PhaseRunner) => DynamicModule['providers'];
  /** Brings messages in, besides hints. */
  readonly transport?: (platform: Platform, bus: Bus) => CustomTransportStrategy;
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

class ServiceModule {}

/** Starts one phase's service: platform, beat, health and metrics, and the bus when there is one. @throws {ConfigurationProblems} with all of them at once. */
export async function startPhaseService(
  service: PhaseService,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RunningService> {
  const settings = readSettings(environment);
  const platform = await openPlatform(service.phase, settings);
  const runner = new PhaseRunner({ phase: service.phase, platform, ...service.performers(platform) });
  const app = await NestFactory.create(
    {
      module: ServiceModule,
      controllers: [HealthController, ...(service.controllers ?? [])],
      providers: [
        { provide: PLATFORM, useValue: platform },
        { provide: PhaseRunner, useValue: runner },
        ...(service.providers?.(platform, runner) ?? []),
      ],
    },
    // A kept-alive connection of a scraper must not hold up the drain.
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: nestLogger(platform.logger), abortOnError: false },
  );
  await app.listen(settings.BACKSTAY_HEALTH_PORT ?? service.healthPort, settings.BACKSTAY_HTTP_HOST);
  await runner.start();
  const leaving = new AbortController();
  const joining = joinBus(service, { app, runner, platform, settings, signal: leaving.signal });
  await Promise.race([joining, pause(busPatienceMs, undefined, { ref: false })]);
  const url = await app.getUrl();
  platform.logger.info({ url }, 'ready');
  return {
    name: service.phase,
    url,
    close: async () => {
      leaving.abort();
      await runner.stop();
      const bus = await joining;
      await app.close();
      await bus?.close();
      await platform.close();
    },
  };
}

interface Joining {
  readonly app: INestApplication;
  readonly runner: PhaseRunner;
  readonly platform: Platform;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/**
 * Hears and tells as soon as NATS is there, however long that takes: all work is found without it. Null when the service
 * leaves before.
 */
async function joinBus(
  service: PhaseService,
  { app, runner, platform, settings, signal }: Joining,
): Promise<Bus | null> {
  const bus = await openBus(platform, settings, signal).catch((error: unknown) => {
    if (!signal.aborted) platform.logger.error({ err: error }, 'the bus cannot be joined');
    return null;
  });
  if (bus === null) return null;
  runner.join(hintsOver(bus, platform));
  if (service.transport === undefined) return bus;
  app.connectMicroservice<MicroserviceOptions>(
    { strategy: service.transport(platform, bus) },
    { inheritAppConfig: true },
  );
  await app.startAllMicroservices();
  return bus;
}
