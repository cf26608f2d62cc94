import helmet from 'helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Reply, Request } from '@backstay/service-kit/http';

const guard = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Whoever terminates TLS in front of this service knows whether it is served by TLS alone.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

/** On every response: nothing is cached, framed, sniffed or sent to other sites, and a page runs the script of this service alone. */
export function secure({ raw }: Pick<Request, 'raw'>, reply: Pick<Reply, 'raw'>): void {
  reply.raw.setHeader('cache-control', 'no-store');
  guard(raw, reply.raw, () => undefined);
}

/** Set before a handler runs, whose own value of any of these headers stands. */
export function secureReplies(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    secure(request, reply);
    done();
  });
}
