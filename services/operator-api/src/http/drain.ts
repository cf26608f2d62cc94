import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const lookMs = 20;

/**
 * Closes when every request that was begun is answered. A connection whose answer ends only after the server began to close
 * would be kept for further requests that never come: it is closed as soon as it is idle.
 */
export async function drain(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  const looking = setInterval(() => server.closeIdleConnections(), lookMs);
  try {
    await app.close();
  } finally {
    clearInterval(looking);
  }
}
