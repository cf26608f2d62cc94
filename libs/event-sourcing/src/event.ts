/** An event as a decider states it: a type and its data, nothing else. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** Who caused an event. A `claimed` name came with the request and is not authenticated. */
export interface Actor {
  readonly kind: 'person' | 'service' | 'system';
  readonly name: string;
  readonly claimed?: boolean;
}

/** What the command brings along for each of its events; `time` is ISO 8601 in UTC, set by the command, never by the store. */
export interface CommandMetadata {
  readonly commandId: string;
  readonly time: string;
  readonly actor: Actor;
  /** The deployment's id, or the environment stream's id. */
  readonly correlation: string;
  /** Id of the event that this command follows from; null for the first of a scenario. */
  readonly causation: string | null;
  /** W3C trace context, outside the hash: it says how, not what. */
  readonly traceparent?: string;
}

/** An event with its place in the stream and its link in the hash chain, ready to be appended. */
export interface SealedEvent<Event extends DomainEvent = DomainEvent> {
  readonly id: string;
  readonly stream: string;
  /** 1 for the first event of a stream. */
  readonly version: number;
  readonly type: Event['type'];
  readonly data: Event['data'];
  readonly time: string;
  readonly actor: Actor;
  readonly correlation: string;
  readonly causation: string | null;
  readonly traceparent?: string;
  readonly hash: string;
}

/** Opaque place in the order of all events. Compare only for equality; pass it back to read on. */
export type Cursor = string;

/** A sealed event as a store gives it back. `Event` narrows by `type`. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Event extends DomainEvent
  ? Omit<SealedEvent<Event>, 'type' | 'data'> & {
      readonly type: Event['type'];
      readonly data: Event['data'];
      readonly cursor: Cursor;
      /** As it is stored, and as its hash covers it, where that is an earlier shape. */
      readonly stored?: DomainEvent;
    }
  : never;
