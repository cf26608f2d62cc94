import type { WakeUp } from '@backstay/deployment';
import type { AppendedEvents } from '@backstay/event-sourcing';
import type { WakeUps } from '@backstay/jetstream';

/** From an append to the wake-ups that follow from it; without a bus they are not sent, and the durable path finds the work. */
export class WakeUpLink {
  readonly #wakeUpsOf: (appended: AppendedEvents) => readonly WakeUp[];
  #wakeUps: Pick<WakeUps, 'publish'> | null = null;

  constructor(wakeUpsOf: (appended: AppendedEvents) => readonly WakeUp[]) {
    this.#wakeUpsOf = wakeUpsOf;
  }

  get isJoined(): boolean {
    return this.#wakeUps !== null;
  }

  /** Publishes from now on; null: no longer. */
  join(wakeUps: Pick<WakeUps, 'publish'> | null): void {
    this.#wakeUps = wakeUps;
  }

  /** A phase that appended to the stream of its own effect asks again by itself. */
  publish(appended: AppendedEvents): void {
    const cause = appended.events.at(-1);
    if (this.#wakeUps === null || cause === undefined) return;
    for (const { phase, stream } of this.#wakeUpsOf(appended)) {
      const isSame = stream === appended.stream;
      if (isSame && cause.actor.kind === 'service' && cause.actor.name === phase) continue;
      this.#wakeUps.publish(phase, { stream, ...(isSame && { version: cause.version }) }, cause);
    }
  }
}
