import { z } from 'zod';
import { match, pattern } from '../markdown/code-spans.ts';
import type { Span } from '../markdown/span.ts';
import { proxyNameSchema } from '../plan/values.ts';
import { code, writeQuantity } from '../printing/write-values.ts';
import type { Reading } from '../reading/reading.ts';
import { parseQuantity } from '../values/quantity.ts';
import { stepKind } from './kind.ts';

const schema = z.object({
  kind: z.literal('traffic'),
  /** Of new requests, 0 to 1, to the server `target`; the backend's other servers share the rest. */
  share: z.number().min(0).max(1),
  target: proxyNameSchema,
  proxy: z.literal('haproxy'),
  /** Of the proxy's runtime API: the path of a socket, or `host:port`. */
  socket: z.string(),
  backend: proxyNameSchema,
});

export type Traffic = z.infer<typeof schema>;

const form = pattern(
  String.raw`(?<share>\S+(?: %| percent)?) to (?<target>CODE|\S+) via (?<proxy>[\w.-]+) (?<socket>CODE|[^\s,]+),\s*backend (?<backend>CODE|\S+)`,
);
const example = '10% to new via HAProxy `/run/haproxy/admin.sock`, backend `orders`';
const place = /^\/\S+$|^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i;

/** Moves weight on a proxy. */
export const traffic = stepKind<Traffic>({
  schema,
  fields: { share: 'performer', target: 'performer', proxy: 'fixed', socket: 'performer', backend: 'performer' },
  label: { name: 'Traffic', read: ({ span }, _head, reading) => readTraffic(span, reading) },
  expects: 'traffic',
  waitsUntil: true,
  undo: () => ({ kind: 'weights' }),
  // A path is a socket of the machine that performs the step.
  calls: ({ socket }) => (socket.startsWith('/') ? [] : [`http://${socket}`]),
  mentions: ({ socket }) => [socket],
  procedure: ({ socket: _socket, ...action }) => action,
  check: ({ socket }) =>
    isProxySocket(socket) ? [] : [{ field: 'socket', message: 'expected the path of a socket or host:port' }],
  refuses: ({ expected }) =>
    expected.some(({ kind }) => kind !== 'within') ? ['of traffic only a time can be expected'] : [],
  print: ({ share, target, socket, backend }) => [
    `- Traffic: ${writeQuantity(share, 'ratio')} to ${code(target)} via HAProxy ${code(socket)}, backend ${code(backend)}`,
  ],
  describe: ({ share, target, socket, backend }) =>
    `${Number((share * 100).toFixed(2))} % of the traffic of backend ${backend} to ${target}, by HAProxy at ${socket}`,
});

/** ``10% to new via HAProxy `socket`, backend `b` ``: `new` is the server of this name; all others share the rest. */
function readTraffic(span: Span, reading: Reading): Traffic | undefined {
  const groups = match(span, form);
  if (!groups)
    return reading.report.error(span, 'bad-value', `expected a share and where it goes: ${example}`, example);
  const proxy = groups['proxy']!;
  if (!/^haproxy$/i.test(proxy.text))
    return reading.report.error(
      proxy,
      'unsupported',
      `moving traffic on ${proxy.text} is not supported in this version; HAProxy is`,
    );
  const share = readShare(groups['share']!, reading);
  const target = readName(groups['target']!, 'server', reading);
  const socket = readSocket(groups['socket']!, reading);
  const backend = readName(groups['backend']!, 'backend', reading);
  if (share === undefined || target === undefined || socket === undefined || backend === undefined) return undefined;
  return { kind: 'traffic', share, target, proxy: 'haproxy', socket, backend };
}

/** Whether the runtime API of a proxy can be there: the path of a socket or `host:port`, or what variables make of it. */
function isProxySocket(text: string): boolean {
  return place.test(text) || /^\S*\$\{\w+\}\S*$/.test(text);
}

function readShare(span: Span, reading: Reading): number | undefined {
  const quantity = parseQuantity(span.text);
  if (quantity?.unit === 'ratio' && quantity.value <= 1) return quantity.value;
  return reading.report.error(span, 'bad-value', `“${span.text}” is no share of the traffic; write 0% to 100%`);
}

function readName(span: Span, what: string, reading: Reading): string | undefined {
  const value = reading.bare(span);
  if (/^[\w.:-]+$/.test(value.text)) return value.text;
  return reading.report.error(value, 'bad-name', `“${value.text}” is no name of a ${what} of HAProxy`);
}

function readSocket(span: Span, reading: Reading): string | undefined {
  const value = reading.text(reading.bare(span));
  if (isProxySocket(value.text)) return value.text;
  const message = `“${value.text}” is no runtime API; write the path of its socket, as /run/haproxy/admin.sock, or host:port`;
  return reading.report.error(value, 'bad-value', message);
}
