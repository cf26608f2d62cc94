import { canonicalJson } from './canonical-json.ts';
import type { CommandMetadata, DomainEvent, RecordedEvent, SealedEvent } from './event.ts';

/** sha256 of UTF-8 text as lower-case hex; enters from outside because layer 0 knows no crypto library. */
export type Digest = (text: string) => string;

/** The last link of a stream. An empty stream has version 0 and the empty hash. */
export interface Head {
  readonly version: number;
  readonly hash: string;
}

export const emptyHead: Head = { version: 0, hash: '' };

type Hashed = Omit<SealedEvent, 'hash' | 'traceparent'>;

/** hash = sha256(previous hash ‖ canonical JSON of {id, stream, version, type, time, actor, causation, correlation, data}). */
export function linkHash(previousHash: string, event: Hashed, digest: Digest): string {
  const { id, stream, version, type, time, actor, causation, correlation, data } = event;
  return digest(previousHash + canonicalJson({ id, stream, version, type, time, actor, causation, correlation, data }));
}

/**
 * Gives events their place behind `head`. The first event takes the command's causation; each later one of the same
 * command is caused by the one before it.
 */
export function seal<Event extends DomainEvent>(
  stream: string,
  head: Head,
  events: readonly Event[],
  metadata: CommandMetadata,
  ids: () => string,
  digest: Digest,
): SealedEvent<Event>[] {
  let { version, hash } = head;
  let causation = metadata.causation;
  return events.map(({ type, data }) => {
    version += 1;
    const { time, actor, correlation, traceparent } = metadata;
    const unlinked = { id: ids(), stream, version, type, data, time, actor, correlation, causation };
    hash = linkHash(hash, unlinked, digest);
    causation = unlinked.id;
    return { ...unlinked, ...(traceparent === undefined ? {} : { traceparent }), hash };
  });
}

/** An event with the type and the data that its hash covers. */
export function asStored({ stored, ...event }: RecordedEvent): RecordedEvent {
  return { ...event, ...stored };
}

/** The first event whose link does not hold, or null when the chain is intact from `head` on. */
export function firstBrokenLink(
  events: readonly RecordedEvent[],
  digest: Digest,
  head: Head = emptyHead,
): RecordedEvent | null {
  let { version, hash } = head;
  for (const event of events) {
    if (event.version !== version + 1 || event.hash !== linkHash(hash, asStored(event), digest)) return event;
    ({ version, hash } = event);
  }
  return null;
}
