import type { DomainEvent, SealedEvent } from '../event.ts';
import { emptyHead, seal, type Head } from '../hash-chain.ts';

/** A deterministic digest for specifications that must not reach for a crypto library; not a cryptographic hash. */
export function testDigest(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const char of text) hash = BigInt.asUintN(64, (hash ^ BigInt(char.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return hash.toString(16).padStart(64, '0');
}

let counter = 0;

/** Events sealed behind `head`, with plain metadata. */
export function sealedEvents(stream: string, events: readonly DomainEvent[], head: Head = emptyHead): SealedEvent[] {
  const metadata = {
    commandId: 'sample',
    time: '2026-01-01T00:00:00.000Z',
    actor: { kind: 'system', name: 'sample' },
    correlation: stream,
    causation: null,
  } as const;
  return seal(stream, head, events, metadata, () => `event-${(counter += 1)}-${stream}`, testDigest);
}
