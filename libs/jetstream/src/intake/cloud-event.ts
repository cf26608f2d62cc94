import type { BusMessage } from '../bus/bus-message.ts';
import { decodeHeaderValue } from './header-value.ts';
import { isObject, jsonOf, textOf, Undecodable } from './undecodable.ts';

/** A CloudEvent of version 1.0 after its transport: attributes as text, data as bytes or as the JSON value it came as. */
export interface CloudEvent {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: { readonly bytes: Uint8Array } | { readonly value: unknown } | null;
}

export const header = ({ headers }: Pick<BusMessage, 'headers'>, name: string): string | undefined =>
  headers[name]?.[0];

/** Type and subtype in lower case, without parameters; undefined when there is none. */
export const mediaType = (contentType: string | undefined): string | undefined =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() || undefined;

/**
 * The CloudEvent in a message: structured when its content type says so or when it has none and the JSON object has a
 * `specversion`; binary when there is a header `ce-specversion`; null when the message is no CloudEvent.
 * @throws {Undecodable}
 */
export function cloudEventOf(message: BusMessage): CloudEvent | null {
  const type = mediaType(header(message, 'content-type'));
  if (type?.startsWith('application/cloudevents')) return checked(structured(message, type));
  if (header(message, 'ce-specversion') !== undefined) return checked(binary(message));
  return type === undefined ? sniffed(message) : null;
}

function structured({ data }: BusMessage, type: string): CloudEvent {
  if (type === 'application/cloudevents-batch' || type.startsWith('application/cloudevents-batch+')) {
    throw new Undecodable('batches of CloudEvents are not supported over NATS');
  }
  if (type !== 'application/cloudevents' && type !== 'application/cloudevents+json') {
    throw new Undecodable(`CloudEvents of format ${type} are not supported; use application/cloudevents+json`);
  }
  const event = jsonOf(textOf(data, 'the CloudEvent'), 'the CloudEvent');
  if (!isObject(event)) throw new Undecodable('the CloudEvent is not a JSON object');
  return jsonEvent(event);
}

function sniffed({ data }: BusMessage): CloudEvent | null {
  const event = jsonOrNull(data);
  return isObject(event) && 'specversion' in event ? checked(jsonEvent(event)) : null;
}

function jsonOrNull(data: Uint8Array): unknown {
  try {
    return jsonOf(textOf(data, 'the message'), 'the message');
  } catch {
    return null;
  }
}

function jsonEvent({ data, data_base64: base64, ...attributes }: Record<string, unknown>): CloudEvent {
  if (data !== undefined && base64 !== undefined) throw new Undecodable('the CloudEvent has both data and data_base64');
  const texts = Object.entries(attributes).map(([name, value]) => [name, attributeText(name, value)] as const);
  const named = Object.fromEntries(texts.filter(([, text]) => text !== null)) as Record<string, string>;
  if (base64 !== undefined) return { attributes: named, data: { bytes: fromBase64(base64) } };
  return { attributes: named, data: data === undefined ? null : { value: data } };
}

function attributeText(name: string, value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value))) return String(value);
  throw new Undecodable(`the CloudEvents attribute ${name} is not a string, an integer or a boolean`);
}

function fromBase64(text: unknown): Uint8Array {
  const valid =
    typeof text === 'string' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  if (!valid) throw new Undecodable('data_base64 is not base64');
  return Buffer.from(text, 'base64');
}

function binary({ headers, data }: BusMessage): CloudEvent {
  const attributes: Record<string, string> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (!name.startsWith('ce-')) continue;
    if (values.length !== 1) throw new Undecodable(`the header ${name} is given ${values.length} times`);
    attributes[name.slice(3)] = decodeHeaderValue(values[0] ?? '');
  }
  // The NATS binding has ce-datacontenttype; senders used to HTTP put it into Content-Type.
  const contentType = headers['content-type']?.[0];
  return {
    attributes: contentType === undefined ? attributes : { datacontenttype: contentType, ...attributes },
    data: { bytes: data },
  };
}

const printable = (text: string): boolean => !/\p{Cc}/u.test(text);

function checked(event: CloudEvent): CloudEvent {
  const { specversion } = event.attributes;
  if (specversion !== '1.0')
    throw new Undecodable(`CloudEvents specversion ${specversion ?? '(none)'} is not supported; expected 1.0`);
  for (const name of ['id', 'source', 'type']) {
    const value = event.attributes[name];
    if (value === undefined || value === '') throw new Undecodable(`the CloudEvent has no ${name}`);
    if (!printable(value)) throw new Undecodable(`the CloudEvents attribute ${name} has control characters`);
  }
  return event;
}
