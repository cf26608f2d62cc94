import { Inject, Injectable } from '@nestjs/common';
import { deploymentStream } from '@backstay/deployment';
import type { Cursor, EventStore, RecordedEvent, SharedSubscription } from '@backstay/event-sourcing';
import { auditTrail, deploymentSummary } from '@backstay/projections';
import { ViewStore } from '@backstay/postgres';
import { PLATFORM } from '@backstay/service-kit';
import { InvalidQuery, InvalidRequest, NoDeployment } from '@backstay/service-kit/http';

/** What a client of the stream gets. */
export interface Feed {
  /** Sent at once; `after` is behind it. */
  readonly head: readonly RecordedEvent[];
  /** Behind this cursor; null: from the beginning. */
  readonly after: Cursor | null;
  /** Only of this deployment; absent: everything. */
  readonly correlation?: string;
}

/** Where a client wants to go on: behind the last event that it has seen. */
interface Resumption {
  readonly deployment?: string | undefined;
  /** Of the query, where a client can set no header. */
  readonly after?: Cursor | undefined;
  readonly lastEventId?: Cursor | undefined;
}

/** Finds where to begin: behind a cursor, with a deployment's request, or where the lists stand. */
@Injectable()
export class EventFeeds {
  readonly #store: EventStore;
  readonly #views: ViewStore;

  constructor(@Inject(PLATFORM) { store }: { readonly store: EventStore }, views: ViewStore) {
    this.#store = store;
    this.#views = views;
  }

  /** @throws {InvalidRequest} @throws {InvalidQuery} @throws {NotFound} */
  async open({ deployment, after: asked, lastEventId }: Resumption): Promise<Feed> {
    if (lastEventId !== undefined) await this.#demandCursor(lastEventId, 'Last-Event-ID');
    else if (asked !== undefined) await this.#demandCursor(asked, 'after');
    const after = lastEventId ?? asked;
    if (after !== undefined) return { head: [], after, correlation: deployment };
    if (deployment === undefined) return { head: [], after: await this.#views.checkpoint(deploymentSummary.name) };
    const request = await this.#requestOf(deployment);
    return { head: [request], after: request.cursor, correlation: deployment };
  }

  /** All that concerns a deployment stands behind its request. */
  async #requestOf(deployment: string): Promise<RecordedEvent> {
    const [first] = await this.#store.read(deploymentStream(deployment), { to: 1 });
    if (first === undefined) throw new NoDeployment(deployment);
    return first;
  }

  async #demandCursor(cursor: Cursor, parameter: 'Last-Event-ID' | 'after'): Promise<void> {
    try {
      await this.#store.readAll(cursor, 1);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const problem = { parameter, detail: 'expected the id of an event of this stream' };
      throw parameter === 'after' ? new InvalidQuery([problem]) : new InvalidRequest([problem]);
    }
  }
}

/** The events of a feed as they are sent, those that came together as one text. */
export async function* framesOf(
  { head, ...behind }: Feed,
  events: Pick<SharedSubscription, 'subscribe'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (head.length > 0) yield head.map(frameOf).join('');
  for await (const batch of events.subscribe({ ...behind, signal })) yield batch.map(frameOf).join('');
}

/** One event of the text/event-stream format, in the shape of today: its cursor is the id with which to go on. */
function frameOf(event: RecordedEvent): string {
  const [entry] = auditTrail([{ ...event, stored: undefined }]).entries;
  return `id: ${event.cursor}\ndata: ${JSON.stringify(entry)}\n\n`;
}
