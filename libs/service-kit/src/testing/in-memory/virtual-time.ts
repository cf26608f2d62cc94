import type { Clock } from '../../worker/ports.ts';
import type { Random } from './random.ts';

interface Occurrence {
  readonly at: number;
  /** Decides between what happens at the same time. */
  readonly rank: number;
  readonly happen: () => void;
  isCancelled: boolean;
}

/** A clock that only moves when somebody lets it, and everything that happens by it, in an order that a seed decides. */
export class VirtualTime implements Clock {
  readonly #random: Random;
  readonly #queue = new PriorityQueue<Occurrence>(
    (one, other) => one.at < other.at || (one.at === other.at && one.rank < other.rank),
  );
  #now: number;
  #text: string;
  #setByMs = 0;

  constructor(random: Random, begin = Date.parse('2026-01-01T00:00:00.000Z')) {
    this.#random = random;
    this.#now = begin;
    this.#text = new Date(begin).toISOString();
  }

  now(): string {
    return this.#text;
  }

  /** Sets the time of day by so much; how time passes does not change. */
  setTimeOfDay(byMs: number): void {
    this.#setByMs += byMs;
    this.#text = new Date(this.#now + this.#setByMs).toISOString();
  }

  elapsedMs(): number {
    return this.#now;
  }

  /** Milliseconds since 1970. */
  get ms(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const at = this.#now + Math.max(0, milliseconds);
    const occurrence: Occurrence = { at, rank: this.#random.next(), happen: callback, isCancelled: false };
    this.#queue.push(occurrence);
    return () => {
      occurrence.isCancelled = true;
    };
  }

  /** Lets the next thing happen, with all that follows from it at once. False: nothing is to happen any more. */
  async step(): Promise<boolean> {
    let next = this.#queue.pop();
    while (next?.isCancelled === true) next = this.#queue.pop();
    if (next === undefined) return false;
    this.#moveTo(next.at);
    next.happen();
    await quiet();
    return true;
  }

  /** @throws {Error} with `otherwise` when it does not become so within this time */
  async until(isReached: () => boolean, withinMs: number, otherwise: () => string): Promise<void> {
    await quiet();
    for (const end = this.#now + withinMs; !isReached();)
      if (this.#now > end || !(await this.step())) throw new Error(otherwise());
  }

  /** Lets everything happen that is to happen within this time. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    let isOver = false;
    this.after(milliseconds, () => {
      isOver = true;
    });
    await this.until(
      () => isOver,
      milliseconds,
      () => 'time stands still',
    );
    this.#moveTo(end);
  }

  #moveTo(ms: number): void {
    if (ms === this.#now) return;
    this.#now = ms;
    this.#text = new Date(ms + this.#setByMs).toISOString();
  }
}

/** When all promises that can be settled are: then nothing happens any more by itself. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A binary heap. */
class PriorityQueue<Item> {
  readonly #items: Item[] = [];
  readonly #isBefore: (one: Item, other: Item) => boolean;

  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  push(item: Item): void {
    const items = this.#items;
    let index = items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(item, items[parent] as Item)) break;
      items[index] = items[parent] as Item;
      index = parent;
    }
    items[index] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  #sink(item: Item): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#isBefore(items[child + 1] as Item, items[child] as Item)) child += 1;
      if (!this.#isBefore(items[child] as Item, item)) break;
      items[index] = items[child] as Item;
      index = child;
    }
    items[index] = item;
  }
}
