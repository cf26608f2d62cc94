import { parseTraceParent } from '@opentelemetry/core';
import { deployRequestSchema, type DeployRequest } from '@backstay/deployment';
import { issueMessage } from '@backstay/document';
import type { BusMessage } from '../bus/bus-message.ts';
import { cloudEventOf, header, mediaType, type CloudEvent } from './cloud-event.ts';
import { bodyDigest, isIdentifying, type Origin } from './identity.ts';
import { isObject, jsonOf, textOf, Undecodable } from './undecodable.ts';

export const deployRequestedType = 'dev.backstay.deploy-requested.v1';

/** Sources of requests that name none: an identity given by `Nats-Msg-Id`, or the message's place in the stream. */
export const messageIdSource = 'urn:backstay:nats-msg-id';
export const sequenceSource = 'urn:backstay:nats-sequence';

export interface IntakeOrigin extends Origin {
  readonly bodyDigest: string;
}

export interface IntakeProblem {
  /** JSON pointer (RFC 6901) into the request; empty for the whole. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export type Intake =
  | { readonly ok: true; readonly origin: IntakeOrigin; readonly request: DeployRequest; readonly traceparent?: string }
  /** Readable, with an identity, but not a request: to be answered by a rejection that names every problem. */
  | {
      readonly ok: false;
      readonly origin: IntakeOrigin;
      readonly data: unknown;
      readonly problems: readonly IntakeProblem[];
      readonly traceparent?: string;
    }
  /** Not readable: to be parked with its bytes, for this reason. */
  | { readonly ok: false; readonly parked: string };

/** Reads a request for a deployment. Never throws for what the message holds. */
export function decodeIntake(message: BusMessage): Intake {
  try {
    return judged(decoded(message));
  } catch (error) {
    if (error instanceof Undecodable) return { ok: false, parked: error.message };
    if (error instanceof RangeError) return { ok: false, parked: 'the request is nested too deeply' };
    throw error;
  }
}

interface Decoded {
  readonly origin: Origin;
  readonly data: unknown;
  readonly traceparent: string | undefined;
}

function decoded(message: BusMessage): Decoded {
  const event = cloudEventOf(message);
  return event === null ? bare(message) : fromCloudEvent(event, message);
}

function judged({ origin: { source, id }, data, traceparent }: Decoded): Intake {
  const origin = { source, id, bodyDigest: bodyDigest(data) };
  const traced = isTraceparent(traceparent) ? { traceparent } : {};
  const parsed = deployRequestSchema.safeParse(data, { error: issueMessage });
  if (parsed.success) return { ok: true, origin, request: parsed.data, ...traced };
  const problems = parsed.error.issues.flatMap(problemsOf);
  return { ok: false, origin, data, problems, ...traced };
}

type Issue = {
  readonly code: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
};

function problemsOf({ code, message, path, keys }: Issue): IntakeProblem[] {
  if (keys === undefined) return [{ pointer: pointerOf(path), code, message }];
  return keys.map((key) => ({ pointer: pointerOf([...path, key]), code, message: `unknown member \`${key}\`` }));
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function fromCloudEvent({ attributes, data }: CloudEvent, message: BusMessage): Decoded {
  const { type, source = '', id = '', datacontenttype, traceparent = header(message, 'traceparent') } = attributes;
  if (type !== deployRequestedType)
    throw new Undecodable(`the CloudEvent's type is ${type}; expected ${deployRequestedType}`);
  if (data === null) throw new Undecodable('the CloudEvent has no data');
  return { origin: { source, id }, data: requestOf(data, mediaType(datacontenttype), message), traceparent };
}

function requestOf(data: NonNullable<CloudEvent['data']>, type: string | undefined, message: BusMessage): unknown {
  if (type === 'text/markdown')
    return markdownRequest('value' in data ? data.value : textOf(data.bytes, 'the document'), message);
  if (type !== undefined && !isJsonType(type)) throw new Undecodable(`data of type ${type} is not supported`);
  return 'value' in data ? data.value : jsonOf(textOf(data.bytes, 'the data'), 'the data');
}

const isJsonType = (type: string): boolean => /^[^/]+\/(json|[^/]+\+json)$/.test(type);

function bare(message: BusMessage): Decoded {
  const type = mediaType(header(message, 'content-type'));
  const text = textOf(message.data, 'the message');
  const traceparent = header(message, 'traceparent');
  const origin = bareOrigin(message);
  if (type === 'text/markdown') return { origin, data: markdownRequest(text, message), traceparent };
  if (type !== undefined && !isJsonType(type)) throw new Undecodable(`messages of type ${type} are not supported`);
  const data = jsonOf(text, 'the message');
  if (!isObject(data)) throw new Undecodable('the message is not a JSON object');
  return { origin, data, traceparent };
}

function bareOrigin({ headers, time, streamSequence }: BusMessage): Origin {
  const given = headers['nats-msg-id']?.[0];
  if (given === undefined) return { source: sequenceSource, id: `${time}/${streamSequence}` };
  if (!isIdentifying(given)) throw new Undecodable('the header Nats-Msg-Id has control characters or is empty');
  return { source: messageIdSource, id: given };
}

function markdownRequest(document: unknown, message: BusMessage): unknown {
  const environment = header(message, 'backstay-environment');
  const version = header(message, 'backstay-version');
  return {
    document,
    ...(environment === undefined ? {} : { environment }),
    ...(version === undefined ? {} : { version }),
  };
}

const isTraceparent = (text: string | undefined): text is string =>
  text !== undefined && parseTraceParent(text) !== null;
