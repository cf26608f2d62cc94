import { z } from 'zod';

/** Headers that requests and responses of the API have, beside those of every HTTP exchange. */
export const headerNames = {
  idempotencyKey: 'Idempotency-Key',
  lastEventId: 'Last-Event-ID',
  ifNoneMatch: 'If-None-Match',
  link: 'Link',
  location: 'Location',
  etag: 'ETag',
  allow: 'Allow',
  authenticate: 'WWW-Authenticate',
  retryAfter: 'Retry-After',
  visible: 'backstay-visible',
  attempt: 'backstay-attempt',
  complete: 'backstay-complete',
  auditIntact: 'backstay-audit-intact',
} as const;

const flag = z.enum(['true', 'false']);

const link = z
  .string()
  .regex(/^<[^>]+>; rel="next"$/)
  .optional()
  .describe('where the next page is (RFC 8288); absent on the last one');

const etag = z
  .string()
  .regex(/^"[^"]+"$/)
  .optional()
  .describe('names what the response says; If-None-Match with it gets 304 as long as that stands');

/** Of a command that was accepted: whether queries show what it did when it returns. */
const visible = flag.describe(
  'Whether queries show what the command did. `false`: the read models are behind by more than two seconds; what was accepted is recorded all the same.',
);

export const pageHeaders = z.object({ [headerNames.link]: link });
export const auditHeaders = pageHeaders.extend({
  [headerNames.auditIntact]: flag.describe('whether the chain of hashes holds over the whole stream'),
});
export const versionHeaders = z.object({ [headerNames.etag]: etag });
export const commandHeaders = z.object({ [headerNames.visible]: visible });
export const creationHeaders = commandHeaders.extend({
  [headerNames.location]: z.string().startsWith('/v1/deployments/').describe('where the deployment is'),
});
export const environmentHeaders = commandHeaders.extend({
  [headerNames.location]: z.string().startsWith('/v1/services/').describe('where the environment is'),
});
export const outputHeaders = z.object({
  [headerNames.attempt]: z.string().regex(/^\d+$/).describe('the attempt whose output it is'),
  [headerNames.complete]: flag.describe('whether it is the whole output'),
});
