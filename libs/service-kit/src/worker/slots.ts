/** The right to occupy the machine with one effect. */
export interface Slot {
  release(): void;
}

/**
 * So many effects at a time occupy the machine; who finds no slot waits in the order of asking and is called when one is free.
 * A waiter that was called keeps its slot until it takes it or gives up.
 */
export class Slots {
  readonly #waiting = new Map<string, () => void>();
  readonly #reserved = new Set<string>();
  #free: number;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** A slot, or null: then `onFree` is called once. Asking again under the same key keeps the place. */
  take(key: string, onFree: () => void): Slot | null {
    if (this.#reserved.delete(key)) return this.#slot();
    if (this.#free > 0 && this.#waiting.size === 0) {
      this.#free -= 1;
      return this.#slot();
    }
    if (!this.#waiting.has(key)) this.#waiting.set(key, onFree);
    return null;
  }

  /** Whether it waits, or a slot is kept for it. */
  isWaiting(key: string): boolean {
    return this.#waiting.has(key) || this.#reserved.has(key);
  }

  /** Waits no longer, and leaves a slot that was kept for this key to the next. */
  giveUp(key: string): void {
    this.#waiting.delete(key);
    if (this.#reserved.delete(key)) this.#passOn();
  }

  #slot(): Slot {
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) this.#passOn();
        isHeld = false;
      },
    };
  }

  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    const [key, onFree] = next;
    this.#waiting.delete(key);
    this.#reserved.add(key);
    onFree();
  }
}
