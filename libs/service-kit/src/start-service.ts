import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Phase } from '@backstay/deployment';
import { connectBus, ensureStreams, Hints, type Bus } from '@backstay/jetstream';
import {
  PhaseRunner,
  type DeploymentPerformers,
  type EnvironmentPerformers,
  type HintPort,
} from './beat/phase-runner.ts';
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

class ServiceModule {}

/** Starts one phase's service: platform, bus, beat, health and metrics. @throws {ConfigurationProblems} with all of them at once. */
export async function startPhaseService(
  service: PhaseService,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RunningService> {
  const settings = readSettings(environment);
  const platform = await openPlatform(service.phase, settings);
  const bus = await openBus(platform, settings);
  const hints = hintsOver(bus, platform);
  const runner = new PhaseRunner({ phase: service.phase, platform, hints, ...service.performers(platform) });
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
  if (service.transport !== undefined) {
    app.connectMicroservice<MicroserviceOptions>(
      { strategy: service.transport(platform, bus) },
      { inheritAppConfig: true },
    );
    await app.startAllMicroservices();
  }
  await app.listen(settings.BACKSTAY_HEALTH_PORT ?? service.healthPort, settings.BACKSTAY_HTTP_HOST);
  await runner.start();
  const url = await app.getUrl();
  platform.logger.info({ url }, 'ready');
  return {
    name: service.phase,
    url,
    close: async () => {
      await runner.stop();
      await app.close();
      await bus.close();
      await platform.close();
    },
  };
}

/** Connects to NATS for as long as it takes; the streams are made anew whenever the broker forgot them. */
export async function openBus(platform: Platform, settings: Settings): Promise<Bus> {
  const bus = await connectBus({
    url: settings.BACKSTAY_NATS_URL,
    creds: settings.BACKSTAY_NATS_CREDS,
    tlsCa: settings.BACKSTAY_NATS_TLS_CA,
    name: `backstay-${platform.name}`,
    onStatus: ({ state, detail }) => platform.logger.info({ state, detail }, 'bus'),
  });
  await ensureStreams(bus.js);
  return bus;
}

export function hintsOver(bus: Bus, platform: Platform): HintPort {
  const hints = new Hints({
    nc: bus.nc,
    hintsFor: () => [],
    onFault: ({ error, operation, failures }) =>
      platform.logger.warn({ err: error, operation, failures }, 'a hint was lost'),
  });
  return {
    publish: (phase, stream) => hints.publish(phase, stream),
    listen: (phase, handler) => hints.listen(phase, handler),
  };
}
