import { randomUUID } from 'node:crypto';
import { emptyHead, seal } from '@backstay/event-sourcing';
import { sha256 } from './product.mjs';

/** JSON of 186 bytes. */
export const payload = { at: '2026-01-01T00:00:00.000Z', text: 'x'.repeat(140) };

/** Appends to a stream of its own, one event each. */
export function appender(store, stream, correlation = stream) {
  let head = emptyHead;
  return async () => {
    const commandId = randomUUID();
    const events = seal(
      stream,
      head,
      [{ type: 'Counted', data: payload }],
      {
        commandId,
        time: new Date().toISOString(),
        actor: { kind: 'system', name: 'bench' },
        correlation,
        causation: null,
      },
      randomUUID,
      sha256,
    );
    await store.append({ stream, expectedVersion: head.version, commandId, events });
    const { version, hash } = events.at(-1);
    head = { version, hash };
  };
}
