/**
 * Aborted after `ms`, also where only a signal that `AbortSignal.any` made of it is heard: Node forgets a timeout that nothing
 * refers to and nobody listens to, and the signals made of it are then never aborted. Keeps no process alive.
 */
export function timeLimit(ms: number): AbortSignal {
  const limit = AbortSignal.timeout(ms);
  limit.addEventListener('abort', () => undefined, { once: true });
  return limit;
}
