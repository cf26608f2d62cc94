import type { Slot } from './slots.ts';

/** What a phase is doing with one stream: one thing at a time, woken when there may be something new to see. */
export class Run {
  readonly id: string;
  slot: Slot | null = null;
  /** Waits for a slot. */
  isQueued = false;
  /** Version on which the last look decided, including the run's own events that follow it directly; before the first look, that of the kept state. */
  seen = 0;
  #isWoken = false;
  /** By something else than an event of its own stream: what an effect in flight has seen of it is not known. */
  #mustLookAnew = false;
  #version: number | undefined;
  #onWake: () => void = () => {};

  /** @param version that the stream is known to have; undefined: it has to be read */
  constructor(id: string, version: number | undefined) {
    this.id = id;
    this.#version = version;
  }

  /** Whether it was woken since it last looked. */
  get isWoken(): boolean {
    return this.#isWoken || this.#mustLookAnew;
  }

  /** Version of the stream for which it was woken; undefined: woken by something else, or unknown. */
  get version(): number | undefined {
    return this.#mustLookAnew ? undefined : this.#version;
  }

  wake(version: number | undefined): void {
    // A wake-up without a version asks for more than one with a version.
    const known = this.#isWoken ? this.#version : 0;
    this.#version = version === undefined || known === undefined ? undefined : Math.max(version, known);
    this.#isWoken = true;
    if (version === undefined) this.#mustLookAnew = true;
    this.#onWake();
  }

  /** A new look begins: from then on it is not woken any more. The version to look at, or undefined: what is there must be read. */
  lookAnew(): number | undefined {
    this.#mustLookAnew = false;
    return this.takeVersion();
  }

  /** As `lookAnew`, beside an effect in flight: another look is needed after it where the stream alone does not say it. */
  takeVersion(): number | undefined {
    const version = this.#version;
    this.#isWoken = false;
    this.#version = 0;
    return version;
  }

  /** The one listener of wake-ups; the result ends the listening. What has come since the last look is heard at once. */
  onWake(listener: () => void): () => void {
    this.#onWake = listener;
    if (this.isWoken && !this.#hasSeen(this.version)) listener();
    return () => {
      this.#onWake = () => {};
    };
  }

  #hasSeen(version: number | undefined): boolean {
    return version !== undefined && version <= this.seen;
  }

  releaseSlot(): void {
    this.slot?.release();
    this.slot = null;
  }
}
