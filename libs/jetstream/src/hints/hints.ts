import type { RecordedEvent } from '@backstay/event-sourcing';
import type { NatsConnection } from '@nats-io/transport-node';
import { asError, type OnFault } from '../bus/faults.ts';
import { hintsPrefix, hintSubject } from '../bus/subjects.ts';

export interface HintsOptions {
  readonly nc: NatsConnection;
  /** The phases that hear an event; the map from event types to phases belongs to the domain. */
  readonly hintsFor: (event: Pick<RecordedEvent, 'type' | 'stream'>) => readonly string[];
  readonly onFault: OnFault;
}

/**
 * Tells phases that a stream has something new, in about a third of a millisecond. A hint may be lost, doubled, late or forged:
 * who hears one reads the stream, and sweepers find what nobody was told of. So core NATS is enough, and nothing is stored.
 * Every replica hears every hint: whoever holds the lease must hear of a trigger, and a queue group might tell another one.
 */
export class Hints {
  readonly #options: HintsOptions;

  constructor(options: HintsOptions) {
    this.#options = options;
  }

  /** Never throws: what cannot be sent is lost, as any hint may be. */
  publish(phase: string, stream: string): void {
    try {
      this.#options.nc.publish(hintSubject(phase, stream), JSON.stringify({ stream }));
    } catch (error) {
      this.#options.onFault({ operation: 'hint', error: asError(error), failures: 1 });
    }
  }

  /** One hint for each phase and stream that these events concern. */
  announce(events: readonly Pick<RecordedEvent, 'type' | 'stream'>[]): void {
    const told = new Set<string>();
    for (const event of events) {
      for (const phase of this.#options.hintsFor(event)) {
        const key = `${phase} ${event.stream}`;
        if (!told.has(key)) this.publish(phase, event.stream);
        told.add(key);
      }
    }
  }

  /** Calls the handler with the name of a stream, until the returned function is called. Malformed hints are passed over. */
  listen(phase: string, handler: (stream: string) => void): () => void {
    const subscription = this.#options.nc.subscribe(`${hintsPrefix}.${phase}.>`, {
      callback: (error, message) => {
        if (error) return this.#options.onFault({ operation: 'listen', error, failures: 1 });
        const stream = streamOf(message.data);
        if (stream !== null) handler(stream);
      },
    });
    return () => subscription.unsubscribe();
  }
}

const longestPayload = 1024;

function streamOf(data: Uint8Array): string | null {
  if (data.length > longestPayload) return null;
  try {
    const { stream } = JSON.parse(new TextDecoder().decode(data)) as { stream?: unknown };
    return typeof stream === 'string' && /^(deployment|environment)-[^\p{Cc}]+$/u.test(stream) ? stream : null;
  } catch {
    return null;
  }
}
