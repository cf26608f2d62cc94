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
  readonly at: number;
  readonly wake: () => void;
}

/**
 * The one clock of all watches of a process: a single timer for the earliest tick, and a bound on how many readings are under
 * way. A tick's reading lasts until its watch asks for the next tick.
 */
export class Ticker {
  readonly #now: () => string;
  readonly #alarms = new Set<Alarm>();
  readonly #queue: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #free: number;

  /** @param now ISO 8601 in UTC */
  constructor(now: () => string, limit = readingsAtOnce) {
    this.#now = now;
    this.#free = limit;
  }

  /** Times on a fixed grid: a reading that takes too long skips ticks and shifts none. */
  async *ticks({ everyMs, from, signal }: Ticks): AsyncGenerator<string> {
    const base = Date.parse(from);
    for (let last = -1; !signal.aborted;) {
      const next = Math.max(last + 1, Math.ceil((this.#milliseconds() - base) / everyMs));
      await this.#until(base + next * everyMs, signal);
      if (signal.aborted || !(await this.#takeSlot(signal))) return;
      try {
        last = next;
        yield this.#now();
      } finally {
        this.#passOn();
      }
    }
  }

  #milliseconds(): number {
    return Date.parse(this.#now());
  }

  #until(at: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#alarms.delete(alarm);
        signal.removeEventListener('abort', wake);
        resolve();
        this.#arm();
      };
      const alarm: Alarm = { at, wake };
      this.#alarms.add(alarm);
      signal.addEventListener('abort', wake, { once: true });
      this.#arm();
    });
  }

  /** One timer, for the earliest. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#alarms.size === 0) return;
    const earliest = Math.min(...[...this.#alarms].map(({ at }) => at));
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, earliest - this.#milliseconds()));
  }

  #wake(): void {
    const now = this.#milliseconds();
    for (const alarm of this.#alarms) if (alarm.at <= now) alarm.wake();
    this.#arm();
  }

  /** Whether the signal left the turn to this reading. */
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
