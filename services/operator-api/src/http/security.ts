import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Reply } from './exchange.ts';

/** On every answer: nothing is cached, framed, sniffed or told to other sites, and pages run no script. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export function secure(reply: Pick<Reply, 'headers'>): void {
  reply.headers(securityHeaders);
}

/** Set before a handler runs, whose own word on any of these stands. */
export function secureAnswers(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (_request, reply, done) => {
    secure(reply);
    done();
  });
}
