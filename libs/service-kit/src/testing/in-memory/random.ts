import { numbersFrom } from '@backstay/event-sourcing/testing';

/** Numbers that a seed decides, each in [0, 1). */
export class Random {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = numbersFrom(seed);
  }

  /** A whole number from 0 to `max`. */
  upTo(max: number): number {
    return Math.floor(this.next() * (max + 1));
  }

  /** True so often of 1. */
  chance(often: number): boolean {
    return often > 0 && this.next() < often;
  }
}
