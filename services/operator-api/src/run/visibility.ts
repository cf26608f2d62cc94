import type { Cursor } from '@backstay/event-sourcing';

/** Up to which event the read models show what happened, as far as this process keeps them. */
export class Visibility {
  readonly #compare: (one: Cursor, other: Cursor) => number;
  readonly #waiting = new Set<() => void>();
  #cursor: Cursor | null = null;

  constructor(compare: (one: Cursor, other: Cursor) => number) {
    this.#compare = compare;
  }

  passed(cursor: Cursor): void {
    this.#cursor = cursor;
    for (const look of this.#waiting) look();
  }

  /** Whether the read models show this event within the time. */
  async shows(cursor: Cursor, withinMs: number): Promise<boolean> {
    if (this.#shows(cursor)) return true;
    return new Promise((resolve) => {
      const end = (shown: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(shown);
      };
      const look = () => {
        if (this.#shows(cursor)) end(true);
      };
      const timer = setTimeout(() => end(false), withinMs);
      this.#waiting.add(look);
    });
  }

  #shows(cursor: Cursor): boolean {
    return this.#cursor !== null && this.#compare(this.#cursor, cursor) >= 0;
  }
}
