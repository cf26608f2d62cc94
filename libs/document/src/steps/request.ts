import { z } from 'zod';
import { requestSchema } from '../plan/values.ts';
import { requestLines } from '../printing/print-checks.ts';
import { writeRequest } from '../printing/write-values.ts';
import { readBody, readHeader, readRequest } from '../values/requests.ts';
import { stepKind } from './kind.ts';

const schema = z.object({ kind: z.literal('request'), request: requestSchema });

export type RequestAction = z.infer<typeof schema>;

interface Parts {
  headers: Record<string, string>;
  body: string;
}

/** An HTTP call. */
export const request = stepKind<RequestAction, never, Parts>({
  schema,
  fields: { request: 'effect-handler' },
  label: {
    name: 'Request',
    read({ span }, _head, reading) {
      const found = readRequest(span, reading);
      return found && { kind: 'request', request: found };
    },
  },
  parts: {
    of: 'a `Request:`',
    forms: {
      headers: {
        label: 'Header',
        repeats: true,
        read({ span }, parts, reading) {
          const header = readHeader(span, reading);
          if (header) parts.headers = { ...parts.headers, [header[0]]: header[1] };
        },
      },
      body: {
        label: 'Body',
        fence: true,
        read(value, parts, reading) {
          const body = readBody(value, reading);
          if (body !== undefined) parts.body = body;
        },
      },
    },
    into: (action, { headers, body }) => ({
      kind: 'request',
      request: { ...action.request, ...(headers && { headers }), ...(body !== undefined && { body }) },
    }),
  },
  expects: 'response',
  reachesDatabases: true,
  mutates: (action) => !isReading(action),
  effect: (action) => (isReading(action) ? 'idempotent' : 'opaque'),
  request: (action) => action.request,
  brings: ['replies'],
  calls: (action) => [action.request.path],
  mentions: ({ request: { path, headers = {}, body = '' } }) => [path, ...Object.values(headers), body],
  print: (action) => [`- Request: ${writeRequest(action.request)}`, ...requestLines(action.request)],
  describe: (action) => `${action.request.method} ${action.request.path}`,
});

function isReading(action: RequestAction): boolean {
  return ['GET', 'HEAD'].includes(action.request.method);
}
