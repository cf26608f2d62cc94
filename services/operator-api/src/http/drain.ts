import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';

const lookMs = 20;

/**
 * The server closes when every request that was begun is answered. A connection whose answer ends only after the server began to
 * close would be kept for further requests that never come: it is closed as soon as it is idle.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown, OnApplicationShutdown {
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  beforeApplicationShutdown(): void {
    const server = this.host.httpAdapter.getHttpServer();
    this.#looking = setInterval(() => server.closeIdleConnections(), lookMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#looking);
  }
}
