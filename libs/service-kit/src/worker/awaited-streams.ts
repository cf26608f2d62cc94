import { mayEndWaits, type WakeUp } from '@backstay/deployment';

/**
 * Which streams the resting effects of this process wait for. Only memory: after a restart, or in another replica, the effect is
 * tried at its time and waits anew.
 */
export class AwaitedStreams {
  readonly #awaited = new Map<string, readonly string[]>();
  readonly #waiting = new Map<string, Map<string, WakeUp>>();

  /** From now on this one waits for events of these streams, and of no others. */
  set({ phase, stream }: WakeUp, awaited: readonly string[]): void {
    const key = `${phase} ${stream}`;
    for (const each of this.#awaited.get(key) ?? []) this.#remove(each, key);
    if (awaited.length > 0) this.#awaited.set(key, awaited);
    else this.#awaited.delete(key);
    for (const each of awaited) {
      const waiting = this.#waiting.get(each) ?? new Map<string, WakeUp>();
      this.#waiting.set(each, waiting.set(key, { phase, stream }));
    }
  }

  /** Whom an event wakes. */
  wokenBy({ stream, type }: { readonly stream: string; readonly type: string }): readonly WakeUp[] {
    return mayEndWaits(type) ? [...(this.#waiting.get(stream)?.values() ?? [])] : [];
  }

  #remove(awaited: string, key: string): void {
    const waiting = this.#waiting.get(awaited);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waiting.delete(awaited);
  }
}
