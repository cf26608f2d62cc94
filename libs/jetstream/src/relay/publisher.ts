import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { eventsStream } from '../bus/streams.ts';
import { cloudEventHeaders } from '../intake/publish-request.ts';
import type { Outbound } from './outbound.ts';

/** What is known of the stream that a relay fills. */
export interface StreamMark {
  /** The stream's creation time: another one is another stream of the same name. */
  readonly created: string;
  /** The sequence of the last message that was acknowledged to the relay; 0 before the first. */
  readonly lastSequence: number;
}

/** The stream does not hold what was published before: it was deleted, or its tail was lost. Everything is published again. */
export class StreamLost extends Error {
  override readonly name = 'StreamLost';

  constructor() {
    super(`stream ${eventsStream.name} was deleted or has lost its end; everything is published again`);
  }
}

/** Whether a stream as it was found is the one that was known, with all that it held. */
export const holds = (found: StreamMark, known: StreamMark): boolean =>
  found.created === known.created && found.lastSequence >= known.lastSequence;

/** Publishes to one incarnation of the stream and notices when acknowledgements come from another one. */
export class Publisher {
  readonly #js: JetStreamClient;
  #mark: StreamMark;

  constructor(js: JetStreamClient, mark: StreamMark) {
    this.#js = js;
    this.#mark = mark;
  }

  get mark(): StreamMark {
    return this.#mark;
  }

  /** @throws {StreamLost} when the sequence went back. @throws when the broker did not store it. */
  async publish({ id, subject, body, traceparent }: Outbound): Promise<void> {
    const ack = await this.#js.publish(subject, body, {
      msgID: id,
      headers: cloudEventHeaders(traceparent),
      expect: { streamName: eventsStream.name },
    });
    this.#advance(ack);
  }

  #advance({ seq, duplicate }: PubAck): void {
    if (duplicate) return;
    if (seq <= this.#mark.lastSequence) throw new StreamLost();
    this.#mark = { ...this.#mark, lastSequence: seq };
  }
}
