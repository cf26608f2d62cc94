import 'reflect-metadata';
import type { DynamicModule, LoggerService, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { PlatformModule } from './platform.module.ts';
import { PLATFORM, type Platform } from './platform.ts';

export interface RunningService {
  readonly name: string;
  /** Where its health and metrics are. */
  readonly url: string;
  /** Drains: nothing new is begun, what runs is left to others, connections are closed. */
  close(): Promise<void>;
}

class ServiceModule {}

/** The application of a service on its platform, which closes with it, or when it cannot be created. */
export async function createService(
  platform: Platform,
  module: DynamicModule,
  adapter: FastifyAdapter,
  options: Pick<NestApplicationOptions, 'bodyParser'> = {},
): Promise<NestFastifyApplication> {
  try {
    return await NestFactory.create<NestFastifyApplication>(
      { module: ServiceModule, imports: [PlatformModule.forRoot(platform), module] },
      adapter,
      { ...options, logger: nestLogger(platform.logger), abortOnError: false },
    );
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Starts the work of a service and listens; it is closed when it cannot. */
export async function listening(app: NestFastifyApplication, port: number): Promise<RunningService> {
  const { name, settings } = app.get<Platform>(PLATFORM);
  try {
    await app.listen(port, settings.BACKSTAY_HTTP_HOST);
    return { name, url: await app.getUrl(), close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Nest's own messages in the service's log. */
function nestLogger(logger: Logger): LoggerService {
  const text = (message: unknown) => (typeof message === 'string' ? message : JSON.stringify(message));
  return {
    log: (message: unknown) => logger.debug(text(message)),
    error: (message: unknown, ...details: unknown[]) => logger.error({ details }, text(message)),
    warn: (message: unknown) => logger.warn(text(message)),
    debug: (message: unknown) => logger.trace(text(message)),
    verbose: (message: unknown) => logger.trace(text(message)),
  };
}
