import { describe, expect, it } from 'vitest';
import { firstBrokenLink } from './hash-chain.ts';
import type { RecordedEvent } from './event.ts';
import { sealedEvents, testDigest } from './testing/index.ts';

const recorded = (): RecordedEvent[] =>
  sealedEvents('chained', [
    { type: 'Opened', data: { by: 'a' } },
    { type: 'Moved', data: { to: 2 } },
    { type: 'Closed', data: {} },
  ]).map((event, i) => ({ ...event, cursor: `0-${i}` }));

describe('the hash chain', () => {
  it('holds over what was sealed', () => {
    expect(firstBrokenLink(recorded(), testDigest)).toBeNull();
  });

  it('makes each later event of one command be caused by the one before it', () => {
    const [first, second, third] = recorded();
    expect(first?.causation).toBeNull();
    expect([second?.causation, third?.causation]).toEqual([first?.id, second?.id]);
  });

  it.each([
    ['data', { data: { to: 3 } }],
    ['time', { time: '2027-01-01T00:00:00.000Z' }],
    ['actor', { actor: { kind: 'person', name: 'mallory' } as const }],
    ['type', { type: 'Moved2' }],
    ['causation', { causation: null }],
  ])('finds altered %s at the very event', (_name, change) => {
    const events = recorded().map((event) => (event.version === 2 ? { ...event, ...change } : event));
    expect(firstBrokenLink(events, testDigest)?.version).toBe(2);
  });

  it('finds a missing event', () => {
    expect(
      firstBrokenLink(
        recorded().filter(({ version }) => version !== 2),
        testDigest,
      )?.version,
    ).toBe(3);
  });
});
