import { setTimeout as pause } from 'node:timers/promises';

/** Steady requests to the subject until it is stopped; bounded by the stop, tolerant of restarts. */
export function startTraffic(baseUrl: string, perSecond = 30): { stop(): Promise<void> } {
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      void fetch(`${baseUrl}/api/data`)
        .then((response) => response.arrayBuffer())
        .catch(() => undefined);
      await pause(1000 / perSecond, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
