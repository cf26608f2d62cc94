import { match, pattern } from '../markdown/code-spans.ts';
import type { Action } from '../plan/plan.ts';
import { parseQuantity } from './quantity.ts';
import type { Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';
import { code, writeQuantity } from '../printing/write-values.ts';

type Traffic = Extract<Action, { kind: 'traffic' }>;

const traffic = pattern(
  String.raw`(?<share>\S+(?: %| percent)?) to (?<target>CODE|\S+) via (?<proxy>[\w.-]+) (?<socket>CODE|[^\s,]+),\s*backend (?<backend>CODE|\S+)`,
);
const example = '10% to new via HAProxy `/run/haproxy/admin.sock`, backend `orders`';
const place = /^\/\S+$|^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i;

/** ``10% to new via HAProxy `socket`, backend `b` ``: `new` is the server of this name; all others share the rest. */
export function readTraffic(span: Span, reading: Reading): Traffic | undefined {
  const groups = match(span, traffic);
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

export function writeTraffic({ share, target, socket, backend }: Traffic): string {
  return `${writeQuantity(share, 'ratio')} to ${code(target)} via HAProxy ${code(socket)}, backend ${code(backend)}`;
}

/** Whether the runtime API of a proxy can be there: the path of a socket or `host:port`, or what variables make of it. */
export function isProxySocket(text: string): boolean {
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
