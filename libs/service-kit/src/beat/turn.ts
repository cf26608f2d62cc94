/** A stream's turn at one phase: one at a time, poked when there may be something new to see. */
export class Turn {
  #poked = false;
  #wake: () => void = () => {};

  poke(): void {
    this.#poked = true;
    this.#wake();
  }

  /** Whether it was poked since it was last asked. */
  takePoke(): boolean {
    const poked = this.#poked;
    this.#poked = false;
    return poked;
  }

  /** The one listener of pokes; the answer ends the listening. */
  onPoke(listener: () => void): () => void {
    this.#wake = listener;
    return () => {
      this.#wake = () => {};
    };
  }
}
