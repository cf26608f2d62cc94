import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const lookMs = 20;

/**
 * The server closes when every request that was begun has its reply. Two kinds of connections would hold it up for nothing: one whose
 * reply ends only after the server began to close, kept for further requests that never come, and one that was opened ahead of any
 * request, as browsers do, which Node does not count among the idle ones.
 */
@Injectable()
export class Drain implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #unused = new Set<Socket>();
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getHttpServer();
    server.on('connection', (socket: Socket) => {
      this.#unused.add(socket);
      socket.once('close', () => this.#unused.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage) => this.#unused.delete(socket));
  }

  beforeApplicationShutdown(): void {
    const server = this.host.httpAdapter.getHttpServer();
    this.#looking = setInterval(() => {
      server.closeIdleConnections();
      for (const socket of this.#unused) socket.destroy();
    }, lookMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#looking);
  }
}
