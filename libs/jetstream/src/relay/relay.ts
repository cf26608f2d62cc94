import type { Cursor, EventStore, RecordedEvent } from '@backstay/event-sourcing';
import type { JetStreamClient } from '@nats-io/jetstream';
import { asError, pause, untilAborted, type OnFault } from '../bus/faults.ts';
import { ensureStream, eventsStream } from '../bus/streams.ts';
import { cdEventOf, isTranslated } from './cd-events.ts';
import { isPublished, outboundEvent, type Outbound } from './outbound.ts';
import { holds, Publisher, StreamLost, type StreamMark } from './publisher.ts';

/** How far the stream holds what the store holds. */
export interface RelayCheckpoint {
  /** Everything up to here was acknowledged; null: nothing yet. */
  readonly cursor: Cursor | null;
  readonly stream: StreamMark;
}

export interface RelayOptions {
  readonly store: Pick<EventStore, 'read'>;
  readonly subscribe: EventStore['subscribe'];
  readonly js: JetStreamClient;
  readonly checkpoint: {
    load(): Promise<RelayCheckpoint | null>;
    save(checkpoint: RelayCheckpoint): Promise<void>;
  };
  /** Ends the relay. Only one may run at a time: the caller holds a lease. */
  readonly signal: AbortSignal;
  readonly onFault: OnFault;
  /** Messages in flight; default 64. */
  readonly windowSize?: number;
  /** The CloudEvents source; default `/backstay`. */
  readonly source?: string;
  /** Largest message the broker takes, without headers; default 1 MiB less 4 KiB. Larger data are replaced by a reference. */
  readonly maxBytes?: number;
  /** Milliseconds between looks whether the stream is still there; default 5 s. */
  readonly probeMs?: number;
  /** Milliseconds between two saves of the checkpoint, which only saves publishing again after a restart; default 1 s. */
  readonly saveEveryMs?: number;
}

/** Events read at a time. */
const batchSize = 500;

type Session = Required<RelayOptions> & { readonly publisher: Publisher; readonly progress: Progress };

/**
 * Publishes every event of deployments and environments, in the store's order, at least once, until the signal is aborted.
 * After a fault it goes on behind the acknowledged prefix, so a few events may come twice and out of order: consumers distinguish
 * them by `id` and order them by `streamversion`. When the stream was lost, everything is published again.
 */
export async function runRelay(options: RelayOptions): Promise<void> {
  const maxBytes = eventsStream.max_msg_size - 4096;
  const complete = { windowSize: 64, source: '/backstay', probeMs: 5_000, saveEveryMs: 1_000, maxBytes, ...options };
  await untilAborted('relay', options, (worked) => runSession(complete, worked));
}

async function runSession(options: Required<RelayOptions>, worked: () => void): Promise<void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const { start, publisher } = await opened(options);
  const progress = new Progress(options, publisher);
  const session: Session = { ...options, signal, publisher, progress };
  const tasks = [follow(session, start, worked), watch(session), progress.saveNowAndThen(signal)];
  await Promise.race(tasks).catch(() => undefined);
  ending.abort();
  const faults = (await Promise.allSettled(tasks)).flatMap((task) => (task.status === 'rejected' ? [task.reason] : []));
  const lost = faults.some((fault) => fault instanceof StreamLost);
  // Remembered, and by nobody overwritten: the stream may have grown beyond the old mark before it is looked at again.
  if (lost) await options.checkpoint.save({ cursor: null, stream: publisher.mark });
  else await progress.save();
  if (faults.length > 0) throw lost ? new StreamLost() : asError(faults[0]);
}

/** Where to start, and a publisher for the stream as it is now. */
async function opened({ js, checkpoint }: Required<RelayOptions>) {
  const found = await markOf(js);
  const known = await checkpoint.load();
  const start = known !== null && holds(found, known.stream) ? known.cursor : null;
  return { start, publisher: new Publisher(js, found) };
}

async function markOf(js: JetStreamClient): Promise<StreamMark> {
  const { created, state } = await ensureStream(js, eventsStream);
  return { created, lastSequence: state.last_seq };
}

/** How far the stream holds what the store holds: noted at once, saved now and then. */
class Progress {
  readonly #options: Required<RelayOptions>;
  readonly #publisher: Publisher;
  #unsaved: Cursor | null = null;
  #wake = (): void => {};

  constructor(options: Required<RelayOptions>, publisher: Publisher) {
    this.#options = options;
    this.#publisher = publisher;
  }

  acknowledged(cursor: Cursor): void {
    this.#unsaved = cursor;
    this.#wake();
  }

  async save(): Promise<void> {
    const cursor = this.#unsaved;
    if (cursor === null) return;
    this.#unsaved = null;
    await this.#options.checkpoint.save({ cursor, stream: this.#publisher.mark });
  }

  async saveNowAndThen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#unsaved === null) await this.#woken(signal);
      await pause(this.#options.saveEveryMs, signal);
      if (!signal.aborted) await this.save();
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });
  }
}

/** An idle relay would not notice that the broker's store was deleted. */
async function watch({ js, publisher, probeMs, signal }: Session): Promise<void> {
  for (;;) {
    await pause(probeMs, signal);
    if (signal.aborted) return;
    const known = publisher.mark;
    if (!holds(await markOf(js), known)) throw new StreamLost();
  }
}

async function follow(session: Session, start: Cursor | null, worked: () => void): Promise<void> {
  const { subscribe, signal, windowSize } = session;
  for await (const batch of subscribe({ after: start, signal, batchSize })) {
    for (let from = 0; from < batch.length && !signal.aborted; from += windowSize) {
      await publishWindow(session, batch.slice(from, from + windowSize));
    }
    worked();
  }
}

/** Publishes all at once and notes how far the unbroken row of acknowledgements goes. @throws the first failure. */
async function publishWindow(session: Session, window: readonly RecordedEvent[]): Promise<void> {
  const outcomes = await Promise.allSettled(window.map((event) => publishEvent(session, event)));
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  const lost = failures.find(({ reason }) => reason instanceof StreamLost);
  if (lost !== undefined) throw asError(lost.reason);
  const [first] = failures;
  const last = window[(first === undefined ? window.length : outcomes.indexOf(first)) - 1];
  if (last !== undefined) session.progress.acknowledged(last.cursor);
  if (first !== undefined) throw asError(first.reason);
}

async function publishEvent(session: Session, event: RecordedEvent): Promise<void> {
  if (!isPublished(event)) return;
  const { publisher, source, maxBytes } = session;
  await publisher.publish(outboundEvent(event, source, maxBytes));
  const translation = await translated(session, event);
  if (translation !== null) await publisher.publish(translation);
}

async function translated({ store, source }: Session, event: RecordedEvent): Promise<Outbound | null> {
  if (!isTranslated(event)) return null;
  return cdEventOf(event, await store.read(event.stream, { to: event.version }), source);
}
