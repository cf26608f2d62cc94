import type { Phase } from '@backstay/deployment';
import type { WakeUp } from '@backstay/jetstream';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How a bus treats its messages; shares are of 1. */
export interface BusFaults {
  readonly isDown?: boolean;
  readonly lost?: number;
  readonly doubled?: number;
  /** Each message is late by up to so many milliseconds; whoever is later than another comes out of order. */
  readonly lateMs?: number;
}

type Hear = (phase: Phase, wakeUp: WakeUp) => void;

/** Wake-ups as core NATS carries them: to every replica, and to none at all when that is what happens. */
export class WakeUpBus {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #listeners = new Set<Hear>();
  faults: BusFaults = {};

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  /** The result ends it. */
  hear(listener: Hear): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  publish(phase: Phase, wakeUp: WakeUp): void {
    const { isDown = false, doubled = 0 } = this.faults;
    if (isDown) return;
    for (const listener of this.#listeners) {
      this.#deliver(listener, phase, wakeUp);
      if (this.#random.chance(doubled)) this.#deliver(listener, phase, wakeUp);
    }
  }

  #deliver(listener: Hear, phase: Phase, wakeUp: WakeUp): void {
    const { lost = 0, lateMs = 0 } = this.faults;
    if (this.#random.chance(lost)) return;
    this.#time.after(1 + this.#random.upTo(lateMs), () => {
      if (this.#listeners.has(listener)) listener(phase, wakeUp);
    });
  }
}
