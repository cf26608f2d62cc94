import type { Cursor, Digest, RecordedEvent, SharedSubscription } from '@backstay/event-sourcing';
import { changeBetween, fullChange, type PageChange } from './changes.ts';
import { coalesced } from './coalesced.ts';
import type { View } from './html.ts';

/** A page while it is open: what it shows, and goes on to show as events come. */
export interface OpenPage {
  /** Behind it stand the events that it does not have; null: all of them. */
  readonly after: Cursor | null;
  /** Only events of this deployment change it; absent: any event may. */
  readonly correlation?: string;
  /** Takes the next events, some of which it may have already. Whether what it shows may be another now. */
  take(events: readonly RecordedEvent[]): boolean;
  /** With all that it took. */
  view(signal: AbortSignal): Promise<View>;
}

interface Ports {
  readonly events: Pick<SharedSubscription, 'subscribe'>;
  readonly digest: Digest;
  /** The least time between two changes that are sent; ends early with the signal. */
  readonly rest: (signal: AbortSignal) => Promise<unknown>;
}

/** Names what a page shows, so that another connection can go on from there. */
export const shownBy = ({ title, body }: View, digest: Digest): string => digest(`${title}\n${body.text}`);

/**
 * The changes of an open page as text/event-stream, the id of each naming what the page shows then. Whatever comes while it rests
 * or is read slowly is one change. A client that shows something else first gets all of the page.
 * @param shown what the client shows, as `shownBy` names it
 */
export async function* changeFrames(
  page: OpenPage,
  shown: string | undefined,
  { events, digest, rest }: Ports,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let view = await page.view(signal);
  const isShown = shownBy(view, digest) === shown;
  const first = isShown ? changeBetween(view, view) : fullChange(view);
  if (first !== null) yield frame(view, first, digest);
  const leaving = new AbortController();
  const { after, correlation } = page;
  const batches = events.subscribe({ after, correlation, signal: AbortSignal.any([signal, leaving.signal]) });
  try {
    if (!view.goesOn) return;
    for await (const _ of coalesced(batches, (batch) => page.take(batch))) {
      const next = await page.view(signal);
      if (signal.aborted) return;
      const change = changeBetween(view, next);
      view = next;
      if (change !== null) yield frame(view, change, digest);
      if (!view.goesOn) return;
      await rest(signal);
    }
  } finally {
    leaving.abort();
  }
}

const frame = (view: View, change: PageChange, digest: Digest): string =>
  `id: ${shownBy(view, digest)}\ndata: ${JSON.stringify(change)}\n\n`;
