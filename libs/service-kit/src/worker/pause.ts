import { retryDelayMs } from './effect-result.ts';
import type { Clock } from './ports.ts';

/** What everybody lacks pauses a whole worker, longer with each fault in a row, by the clock that only rises. */
export class Pause {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  #faults = 0;
  #untilMs = 0;

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  /** Not above zero: the worker does not pause. */
  get leftMs(): number {
    return this.#untilMs - this.#clock.elapsedMs();
  }

  /** After one more fault in a row; for how many milliseconds. */
  begin(): number {
    this.#faults += 1;
    const delayMs = retryDelayMs(this.#faults);
    this.#untilMs = this.#clock.elapsedMs() + delayMs;
    return delayMs;
  }

  /** An effect has come to its outcome: the next fault is the first of its row. */
  endRow(): void {
    this.#faults = 0;
  }
}
