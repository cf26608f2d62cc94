import type { Cursor, Projection, RecordedEvent } from '@backstay/event-sourcing';
import type { View } from './html.ts';
import type { OpenPage } from './open-page.ts';

interface Ports {
  /** Whether the read models show this event within the time. */
  readonly shows: (cursor: Cursor, withinMs: number) => Promise<boolean>;
  readonly read: () => Promise<View>;
}

/** How long one look for a lagging read model lasts. */
const lookMs = 1_000;

/** A page that is read from read models, each time when they show all events that change it. */
export class OpenList implements OpenPage {
  readonly after: Cursor | null;
  readonly #projections: readonly Pick<Projection, 'keys'>[];
  readonly #ports: Ports;
  #awaited: Cursor | null;

  /** @param after the last event that is recorded @param projections the read models */
  constructor(after: Cursor | null, projections: readonly Pick<Projection, 'keys'>[], ports: Ports) {
    this.after = after;
    this.#awaited = after;
    this.#projections = projections;
    this.#ports = ports;
  }

  take(events: readonly RecordedEvent[]): boolean {
    const last = events.findLast((event) => this.#projections.some(({ keys }) => keys(event).length > 0));
    if (last === undefined) return false;
    this.#awaited = last.cursor;
    return true;
  }

  async view(signal: AbortSignal): Promise<View> {
    const awaited = this.#awaited;
    while (awaited !== null && !signal.aborted && !(await this.#ports.shows(awaited, lookMs)));
    return this.#ports.read();
  }
}
