import { parseTraceParent } from '@opentelemetry/core';
import { deployRequestSchema, type DeployRequest } from '@backstay/deployment';
import { didYouMean, expectedOneOf, issueMessage, jsonPointer, placedIssues } from '@backstay/document';
import type { BusMessage } from '../bus/bus-message.ts';
import { cloudEventOf, header, mediaType, type CloudEvent } from './cloud-event.ts';
import { bodyDigest, isIdentifying, type Origin } from './identity.ts';
import { publisherOf } from './publisher.ts';
import { isInbox, replyHeader } from './reply.ts';
import { isJson, isObject, jsonOf, textOf, Undecodable } from './undecodable.ts';

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
  | {
      readonly ok: true;
      readonly origin: IntakeOrigin;
      readonly request: DeployRequest;
      readonly traceparent?: string;
      /** The inbox in which the publisher wants to hear what became of it. */
      readonly replyTo?: string;
    }
  /** Readable, with an identity, but not a request: to be rejected with a reply that names every problem. */
  | {
      readonly ok: false;
      readonly origin: IntakeOrigin;
      readonly data: unknown;
      readonly problems: readonly IntakeProblem[];
      readonly traceparent?: string;
      readonly replyTo?: string;
    }
  /** Not readable: to be parked with its bytes, for this reason. */
  | { readonly ok: false; readonly parked: string };

/** Reads a request for a deployment. Never throws for what the message holds. */
export function decodeIntake(message: BusMessage): Intake {
  try {
    const intake = judged(decoded(message), publisherIn(message));
    const replyTo = inboxIn(message);
    return replyTo === undefined ? intake : { ...intake, replyTo };
  } catch (error) {
    if (error instanceof Undecodable) return { ok: false, parked: error.message };
    if (error instanceof RangeError) return { ok: false, parked: 'the request is nested too deeply' };
    throw error;
  }
}

interface Decoded {
  readonly origin: Origin;
  readonly data: unknown;
  /** Of the headers. */
  readonly problems: readonly IntakeProblem[];
  readonly traceparent: string | undefined;
}

/** Of the subject alone: nothing that the message holds can change who sent it. */
function publisherIn({ subject }: BusMessage): string | undefined {
  const publisher = publisherOf(subject);
  if (publisher === null)
    throw new Undecodable(`the subject ${subject} ends in no name of a publisher: up to 64 letters, digits, - and _`);
  return publisher;
}

function decoded(message: BusMessage): Decoded {
  const event = cloudEventOf(message);
  return event === null ? bare(message) : fromCloudEvent(event, message);
}

type Readable = Exclude<Intake, { readonly parked: string }>;

function judged(
  { origin: { source, id }, data, problems: ofHeaders, traceparent }: Decoded,
  publisher?: string,
): Readable {
  const origin = { ...(publisher !== undefined && { publisher }), source, id, bodyDigest: bodyDigest(data) };
  const traced = isTraceparent(traceparent) ? { traceparent } : {};
  const parsed = deployRequestSchema.safeParse(data, { error: issueMessage });
  if (parsed.success && ofHeaders.length === 0) return { ok: true, origin, request: parsed.data, ...traced };
  const ofData = placedIssues(parsed.error?.issues ?? [], deployRequestSchema).map(({ path, code, message }) => ({
    pointer: jsonPointer(path),
    code,
    message,
  }));
  const problems = [...ofHeaders, ...ofData];
  return { ok: false, origin, data, problems, ...traced };
}

function fromCloudEvent({ attributes, data }: CloudEvent, message: BusMessage): Decoded {
  const { type, source = '', id = '', datacontenttype, traceparent = header(message, 'traceparent') } = attributes;
  if (type !== deployRequestedType)
    throw new Undecodable(`the CloudEvent's type is ${type}; expected ${deployRequestedType}`);
  if (data === null) throw new Undecodable('the CloudEvent has no data');
  return { origin: { source, id }, ...requestOf(data, mediaType(datacontenttype), message), traceparent };
}

type Requested = Pick<Decoded, 'data' | 'problems'>;

function requestOf(data: NonNullable<CloudEvent['data']>, type: string | undefined, message: BusMessage): Requested {
  const isDocument = type === undefined && 'bytes' in data && isMarkdown(textOf(data.bytes, 'the data'), message);
  if (type === 'text/markdown' || isDocument)
    return markdownRequest('value' in data ? data.value : textOf(data.bytes, 'the document'), message);
  if (type !== undefined && !isJsonType(type)) throw new Undecodable(`data of type ${type} is not supported`);
  return jsonRequest('value' in data ? data.value : jsonOf(textOf(data.bytes, 'the data'), 'the data'), message);
}

const isJsonType = (type: string): boolean => /^[^/]+\/(json|[^/]+\+json)$/.test(type);

function bare(message: BusMessage): Decoded {
  const type = mediaType(header(message, 'content-type'));
  const text = textOf(message.data, 'the message');
  const traceparent = header(message, 'traceparent');
  const origin = bareOrigin(message);
  const isDocument = type === undefined ? isMarkdown(text, message) : type === 'text/markdown';
  if (isDocument) return { origin, ...markdownRequest(text, message), traceparent };
  if (type !== undefined && !isJsonType(type)) throw new Undecodable(`messages of type ${type} are not supported`);
  const data = jsonOf(text, 'the message');
  if (!isObject(data)) throw new Undecodable('the message is not a JSON object');
  return { origin, ...jsonRequest(data, message), traceparent };
}

function bareOrigin({ headers, time, streamSequence }: BusMessage): Origin {
  const given = headers['nats-msg-id']?.[0];
  if (given === undefined) return { source: sequenceSource, id: `${time}/${streamSequence}` };
  if (!isIdentifying(given)) throw new Undecodable('the header Nats-Msg-Id has control characters or is empty');
  return { source: messageIdSource, id: given };
}

/**
 * Whether what has no content type is a document: every text that neither begins with a brace nor is JSON as a whole. What is none is
 * rejected with its problems then.
 * @throws {Undecodable} where it is no text
 */
function isMarkdown(text: string, message: BusMessage): boolean {
  if (/^\s*\{/.test(text)) return false;
  // oxlint-disable-next-line no-control-regex -- control characters are what shows that it is none
  if (/^\s*$|[\u0000-\u0008\u000E-\u001F]/.test(text))
    throw new Undecodable('the message without a content type is neither JSON nor a document: it is empty or no text');
  const hasHeader = Object.keys(headersOfMarkdown).some((name) => header(message, name) !== undefined);
  return hasHeader || !isJson(text);
}

/** Headers that say of a document in Markdown what the members of the same name say in JSON. */
const headersOfMarkdown: Readonly<Record<string, string>> = {
  'backstay-environment': 'environment',
  'backstay-version': 'version',
};
const headersOfAny: readonly string[] = [replyHeader];

/** Undefined where nobody may be sent a reply: a header with a problem names none. */
function inboxIn({ headers }: BusMessage): string | undefined {
  const [inbox, ...others] = headers[replyHeader] ?? [];
  return inbox !== undefined && others.length === 0 && isInbox(inbox) ? inbox : undefined;
}

function markdownRequest(document: unknown, message: BusMessage): Requested {
  const given = Object.entries(headersOfMarkdown).flatMap(([name, member]) => {
    const value = header(message, name);
    return value === undefined ? [] : [[member, value] as const];
  });
  const known = [...Object.keys(headersOfMarkdown), ...headersOfAny];
  return { data: { document, ...Object.fromEntries(given) }, problems: headerProblems(message, known) };
}

const jsonRequest = (data: unknown, message: BusMessage): Requested => ({
  data,
  problems: headerProblems(message, headersOfAny),
});

const noInbox = `the header ${replyHeader} names no inbox of its publisher; expected _INBOX. and tokens of letters, digits, - and _`;

/** A header of ours that nobody would read is refused: it can be what the sender meant most. */
function headerProblems({ headers }: BusMessage, known: readonly string[]): IntakeProblem[] {
  const ours = Object.entries(headers).filter(([name]) => name.startsWith('backstay-'));
  return ours.flatMap(([name, values]) => {
    const problem = (message: string) => [{ pointer: '', code: 'invalid_header', message }];
    if (known.includes(name)) {
      const times = values.length;
      if (times !== 1) return problem(`the header ${name} is given ${times} times; give it once`);
      return name !== replyHeader || isInbox(values[0] ?? '') ? [] : problem(noInbox);
    }
    const member = headersOfMarkdown[name];
    if (member !== undefined)
      return problem(
        `the header ${name} belongs to a document in Markdown; with JSON write \`${member}\` into the request`,
      );
    return problem(`the header ${name} is not known here; ${expectedOneOf(known)}${didYouMean(name, known)}`);
  });
}

const isTraceparent = (text: string | undefined): text is string =>
  text !== undefined && parseTraceParent(text) !== null;
