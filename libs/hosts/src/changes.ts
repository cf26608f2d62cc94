import { watch, type FSWatcher } from 'node:fs';

/** Wakes who waits for a change; one that came between two waits is not missed. */
export class Changes {
  #happened = false;
  #wake: (() => void) | null = null;
  #watcher: FSWatcher | null = null;

  readonly notify = (): void => {
    this.#happened = true;
    this.#wake?.();
  };

  /** Also notices what changes in the folder; one that is not there (yet) or cannot be watched is left to polling. */
  watch(folder: string): void {
    try {
      this.#watcher ??= watch(folder, this.notify).on('error', this.notify);
    } catch {
      // `next` returns after its time.
    }
  }

  /** Resolves when something has changed since the last call, or after the time. */
  async next(withinMs: number): Promise<void> {
    if (!this.#happened) await this.#notified(withinMs);
    this.#happened = false;
  }

  #notified(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}

/** Resolves when something changes in the folder, or after the time; a folder that cannot be watched is polled. */
export async function change(folder: string, withinMs: number): Promise<void> {
  const changes = new Changes();
  changes.watch(folder);
  await changes.next(withinMs);
  changes.close();
}
