import type { Clock } from '@backstay/service-kit';

/** Readings at a time, of all watches of this process. */
const readingsAtOnce = 16;

export interface Ticks {
  readonly everyMs: number;
  /** The first tick, ISO 8601, and with it the grid of all others. */
  readonly from: string;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
}

interface Alarm {
  /** By the clock that only rises. */
  readonly dueMs: number;
  readonly wake: () => void;
}

/**
 * The one clock of all watches of a process: a single timer for the earliest tick, and a bound on how many readings are under
 * way. A tick's reading lasts until its watch asks for the next tick.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #alarms = new Set<Alarm>();
  readonly #queue: (() => void)[] = [];
  #cancel = (): void => {};
  #free: number;

  constructor(clock: Clock, limit = readingsAtOnce) {
    this.#clock = clock;
    this.#free = limit;
  }

  /**
   * Times on a fixed grid, ISO 8601: a reading that takes too long skips ticks and shifts none. The time of day counts at the
   * first; from then on they are as far apart as the time between them, whatever happens to the time of day.
   */
  async *ticks({ everyMs, from, signal }: Ticks): AsyncGenerator<string> {
    const base = Date.parse(from);
    // What the time is when the clock that only rises is at zero; a time of day before the first tick was set back since.
    const zero = Math.max(Date.parse(this.#clock.now()), base) - this.#clock.elapsedMs();
    const time = () => Math.round(zero + this.#clock.elapsedMs());
    for (let last = -1; !signal.aborted;) {
      const next = Math.max(last + 1, Math.ceil((time() - base) / everyMs));
      await this.#until(base + next * everyMs - zero, signal);
      if (signal.aborted || !(await this.#takeSlot(signal))) return;
      try {
        last = next;
        yield new Date(time()).toISOString();
      } finally {
        this.#passOn();
      }
    }
  }

  #until(dueMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#alarms.delete(alarm);
        signal.removeEventListener('abort', wake);
        resolve();
        this.#arm();
      };
      const alarm: Alarm = { dueMs, wake };
      this.#alarms.add(alarm);
      signal.addEventListener('abort', wake, { once: true });
      this.#arm();
    });
  }

  /** One timer, for the earliest. */
  #arm(): void {
    this.#cancel();
    this.#cancel = () => {};
    if (this.#alarms.size === 0) return;
    const earliest = Math.min(...[...this.#alarms].map(({ dueMs }) => dueMs));
    this.#cancel = this.#clock.after(Math.max(0, earliest - this.#clock.elapsedMs()), () => this.#wake());
  }

  #wake(): void {
    const elapsedMs = this.#clock.elapsedMs();
    for (const alarm of this.#alarms) if (alarm.dueMs <= elapsedMs) alarm.wake();
    this.#arm();
  }

  /** Whether the signal lets this reading begin. */
  #takeSlot(signal: AbortSignal): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(begin), 1);
        resolve(false);
      };
      const begin = () => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      this.#queue.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #passOn(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
