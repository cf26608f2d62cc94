/** Calls of the system that concern one connection and nothing else. */
const ofConnections = new Set(['connect', 'read', 'write', 'shutdown', 'getaddrinfo', 'getsockopt', 'setsockopt']);

/**
 * The last net under the rule that no error of one effect ends a process. A rejected promise and an error of a connection
 * concern the act that waits for them; any other exception may leave a state that nobody knows, so that the process ends.
 */
export function mayGoOn(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): boolean {
  if (origin === 'unhandledRejection') return true;
  const { syscall } = (typeof error === 'object' && error !== null ? error : {}) as { syscall?: unknown };
  return typeof syscall === 'string' && ofConnections.has(syscall);
}
