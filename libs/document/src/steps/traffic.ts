import { z } from 'zod';
import { match, pattern } from '../markdown/code-spans.ts';
import type { Span } from '../markdown/span.ts';
import { proxyNameSchema } from '../plan/values.ts';
import { code, writeQuantity } from '../printing/write-values.ts';
import type { Reading } from '../reading/reading.ts';
import { percent } from '../values/figures.ts';
import { parseQuantity } from '../values/quantity.ts';
import { stepKind } from './kind.ts';
import type { DoneStep, Recorded, RecordedWeights } from './recorded.ts';
import type { AnyAction } from './seen.ts';
import { ownStep, undoKind, undoTitle } from './undo.ts';
import type { Weights } from './weights.ts';

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

const undoSchema = z.object({ kind: z.literal('weights') });

type WeightsUndo = z.infer<typeof undoSchema>;

type Place = Pick<Traffic, 'socket' | 'backend'>;

const form = pattern(
  String.raw`(?<share>\S+(?: %| percent)?) to (?<target>CODE|\S+) via (?<proxy>[\w.-]+) (?<socket>CODE|[^\s,]+),\s*backend (?<backend>CODE|\S+)`,
);
const example = '10% to new via HAProxy `/run/haproxy/admin.sock`, backend `orders`';
const place = /^\/\S+$|^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i;

/** Moves weight on a proxy. */
export const traffic = stepKind<Traffic>({
  schema,
  fields: {
    share: 'effect-handler',
    target: 'effect-handler',
    proxy: 'fixed',
    socket: 'effect-handler',
    backend: 'effect-handler',
  },
  label: { name: 'Traffic', read: ({ span }, _head, reading) => readTraffic(span, reading) },
  expects: 'traffic',
  waitsUntil: true,
  serving: () => 'new-version',
  undo: (): WeightsUndo => ({ kind: 'weights' }),
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
    `${percent(share)} of the traffic of backend ${backend} to ${target}, by HAProxy at ${socket}`,
});

/** The weights that were before are put back. */
export const weightsUndo = undoKind<WeightsUndo>({
  schema: undoSchema,
  takesBackBegun: true,
  refusal: 'only a step that moves traffic is undone by its weights',
  steps(_undo, step, recorded) {
    const before = weightsBefore(recorded, step);
    // A step that knew of no weights has refused to change any.
    if (before === null || before.weights === null) return [];
    const { socket, backend, weights } = before;
    const action: Weights = { kind: 'weights', proxy: 'haproxy', socket, backend, weights };
    return [ownStep(step, action, undoTitle(step))];
  },
  describe: () => 'the weights that were before are put back',
});

/**
 * What the servers of its backend weighed before a step moved traffic: what the last step before it set, else what the rollback
 * point holds. Known from what is recorded alone: after a crash the proxy may show what the step itself has already done.
 */
export function weightsBefore(
  { plan, steps, rollbackPoint }: Recorded,
  { id, action }: Pick<DoneStep, 'id' | 'action'>,
): RecordedWeights | null {
  if (!isTraffic(action)) return null;
  const isHere = ({ socket, backend }: Place): boolean => socket === action.socket && backend === action.backend;
  const own = steps[id]?.order ?? Infinity;
  const earlier = plan.steps
    .filter((other) => other.id !== id && isTraffic(other.action) && isHere(other.action))
    .flatMap((other) => steps[other.id] ?? [])
    .filter(({ status, order }) => status === 'succeeded' && order < own)
    .sort((a, b) => b.order - a.order);
  const point = rollbackPoint?.weights?.find(isHere);
  if (point === undefined || point.weights === null) return point ?? null;
  return { ...point, weights: { ...point.weights, ...setBy(earlier[0]?.result) } };
}

function isTraffic(action: AnyAction): action is Traffic {
  return action.kind === 'traffic';
}

/** What a step that moved traffic has recorded of it. */
function setBy(result: Recorded['steps'][string]['result'] | undefined): Weights['weights'] {
  const weights = result?.['weights'];
  return typeof weights === 'object' && weights !== null ? (weights as Weights['weights']) : {};
}

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
  return reading.report.error(span, 'bad-value', `“${span.text}” is not a share of the traffic; write 0% to 100%`);
}

function readName(span: Span, what: string, reading: Reading): string | undefined {
  const value = reading.bare(span);
  if (/^[\w.:-]+$/.test(value.text)) return value.text;
  return reading.report.error(value, 'bad-name', `“${value.text}” is not a name of a ${what} of HAProxy`);
}

function readSocket(span: Span, reading: Reading): string | undefined {
  const value = reading.text(reading.bare(span));
  if (isProxySocket(value.text)) return value.text;
  const message = `“${value.text}” is not a runtime API; write the path of its socket, as /run/haproxy/admin.sock, or host:port`;
  return reading.report.error(value, 'bad-value', message);
}
