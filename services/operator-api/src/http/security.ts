import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** On every answer: nothing is cached, framed, sniffed or told to other sites, and pages run no script. */
const securityHeaders = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
});

/** Whatever an answer says itself of these stands. */
export function secureAnswers(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onSend', (_request, reply, _payload, done) => {
    for (const [name, value] of securityHeaders) if (!reply.hasHeader(name)) reply.header(name, value);
    done();
  });
}
