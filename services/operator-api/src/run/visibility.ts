import { headerNames } from '@backstay/api-contract';
import type { Cursor, RecordedEvent } from '@backstay/event-sourcing';

/** How long a command waits for that at most. */
const visibleWithinMs = 2_000;

/** Before the second look at what is stored, where another process keeps the read models; each rest after it is twice as long. */
const firstRestMs = 20;
const longestRestMs = 200;

export interface VisibilityPorts {
  /** Negative when the first cursor stands before the second. */
  readonly compare: (one: Cursor, other: Cursor) => number;
  /** Where each read model stands in the store; null: at the beginning. */
  readonly checkpoints: () => Promise<Iterable<Cursor | null>>;
}

/** Up to which event the read models show what happened, whichever process keeps them. */
export class Visibility {
  readonly #ports: VisibilityPorts;
  readonly #waiting = new Set<() => void>();
  #isKeptHere = false;
  #cursor: Cursor | null = null;

  constructor(ports: VisibilityPorts) {
    this.#ports = ports;
  }

  /** From here on this process keeps the read models and calls `passed`, until it calls what this returns. */
  keepHere(): () => void {
    this.#isKeptHere = true;
    return () => {
      this.#isKeptHere = false;
      this.#cursor = null;
      this.#wake();
    };
  }

  passed(cursor: Cursor): void {
    this.#cursor = cursor;
    this.#wake();
  }

  /** Waits until queries show the last of these events; the header says whether they do. */
  async headerFor(history: readonly Pick<RecordedEvent, 'cursor'>[]): Promise<Record<string, string>> {
    const last = history.at(-1);
    return { [headerNames.visible]: String(last === undefined || (await this.shows(last.cursor, visibleWithinMs))) };
  }

  /** Whether the read models show this event within the time. */
  async shows(cursor: Cursor, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (let restMs = firstRestMs; ; restMs = Math.min(longestRestMs, 2 * restMs)) {
      if (this.#isKeptHere ? this.#hasPassed(this.#cursor, cursor) : await this.#isStored(cursor)) return true;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      await this.#news(this.#isKeptHere ? leftMs : Math.min(restMs, leftMs));
    }
  }

  async #isStored(cursor: Cursor): Promise<boolean> {
    const checkpoints = [...(await this.#ports.checkpoints())];
    return checkpoints.length > 0 && checkpoints.every((each) => this.#hasPassed(each, cursor));
  }

  #hasPassed(position: Cursor | null, cursor: Cursor): boolean {
    return position !== null && this.#ports.compare(position, cursor) >= 0;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }
}
