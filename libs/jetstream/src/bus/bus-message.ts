import type { JsMsg } from '@nats-io/jetstream';

/** A message of a stream as handlers get it, without means to acknowledge it. */
export interface BusMessage {
  readonly stream: string;
  readonly streamSequence: number;
  /** When the server stored it, ISO 8601 in UTC. */
  readonly time: string;
  readonly subject: string;
  /** Names in lower case: NATS treats them as case-insensitive by convention only. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly data: Uint8Array;
}

/** A message that nobody could take, for a store that keeps its bytes until an operator has seen it. */
export interface MessageToPark {
  /** The same for each delivery of one message, and another one after the broker's store was deleted. */
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly bytes: Uint8Array;
  readonly reason: string;
}

export function busMessage(message: JsMsg): BusMessage {
  const headers: Record<string, string[]> = {};
  for (const [name, values] of message.headers ?? []) (headers[name.toLowerCase()] ??= []).push(...values);
  const { stream } = message.info;
  return {
    stream,
    streamSequence: message.seq,
    time: message.timestamp,
    subject: message.subject,
    headers,
    data: message.data,
  };
}

export function toPark(
  { stream, streamSequence, time, subject, headers, data }: BusMessage,
  reason: string,
): MessageToPark {
  return { id: `${stream}:${time}:${streamSequence}`, subject, headers, bytes: data, reason };
}
