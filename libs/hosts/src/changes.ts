import { watch } from 'node:fs';

/** Resolves when something in the folder changes, or after the time; a folder that cannot be watched is polled. */
export function change(folder: string, withinMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      watcher?.close();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, withinMs);
    const watcher = tryToWatch(folder, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

function tryToWatch(folder: string, changed: () => void) {
  try {
    return watch(folder, changed).on('error', changed);
  } catch {
    return null;
  }
}
