import { setTimeout as sleep } from 'node:timers/promises';

/** What went wrong while the work goes on: for logs and metrics, reported at the 1st, 2nd, 4th, 8th ... failure in a row. */
export interface Fault {
  readonly operation: string;
  readonly error: Error;
  /** Failures in a row, this one included. */
  readonly failures: number;
}

export type OnFault = (fault: Fault) => void;

export const ignoreFault: OnFault = () => {};

// Classes: connection exceptions, too many connections or out of memory, shutdown and crash. States: serialization failure,
// deadlock, lock timeout, statement timeout, idle transaction ended, and a server that was demoted to a replica.
const transientState = /^(08|53|57P)|^(40001|40P01|55P03|57014|25P03|25006)$/;
const transientSystem = /^(ECONN|EPIPE$|ETIMEDOUT$|EHOSTUNREACH$|ENETUNREACH$|ENOTFOUND$|EAI_AGAIN$|ENOENT$)/;
const transientMessage =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;

/** Whether the same request may succeed later: the server is away, restarting, overloaded, or two transactions collided. */
export function isTransient(error: unknown): boolean {
  const { code, message, errors } = asErrorLike(error);
  if (Array.isArray(errors)) return errors.some(isTransient);
  return (
    (typeof code === 'string' && (transientState.test(code) || transientSystem.test(code))) ||
    transientMessage.test(String(message))
  );
}

// By its fields, not by its class: an error may come from another realm.
const asErrorLike = (error: unknown): { code?: unknown; severity?: unknown; message?: unknown; errors?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

export const isUniqueViolation = (error: unknown): boolean => asErrorLike(error).code === '23505';

// A prepared statement that the server does not know any more, or whose plan no longer fits: it fails again and again on its connection.
const brokenStatement = /^(26000|0A000)$/;

/** Whether the server understood the statement, refused it, and goes on to serve the connection. */
export const isRefusal = (error: unknown): boolean => {
  const { code, severity } = asErrorLike(error);
  return typeof code === 'string' && severity === 'ERROR' && !brokenStatement.test(code);
};

export interface Retry {
  /** Default 8: about five seconds in all. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled for each further one; default 50. */
  readonly firstDelayMs?: number;
  /** Default 2000. */
  readonly longestDelayMs?: number;
  readonly signal?: AbortSignal;
  readonly onFault?: OnFault;
}

/**
 * Does the work again while it fails for a passing reason. The work must be safe to repeat, for a lost connection does not show
 * whether the statement took effect. `work` hears how many attempts failed before it.
 * @throws the last error. @throws the signal's reason when it was aborted during a pause.
 */
export async function retrying<T>(operation: string, retry: Retry, work: (failures: number) => Promise<T>): Promise<T> {
  const { attempts = 8, signal, onFault = ignoreFault } = retry;
  for (let failures = 0; ;) {
    try {
      return await work(failures);
    } catch (error) {
      if (!isTransient(error)) throw error;
      failures += 1;
      if (isPowerOfTwo(failures)) onFault({ operation, error: error as Error, failures });
      if (failures >= attempts) throw error;
      await sleep(delayMs(retry, failures), undefined, { signal });
    }
  }
}

const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

// Half of the delay is random, so that those who failed together do not come back together.
function delayMs({ firstDelayMs = 50, longestDelayMs = 2000 }: Retry, failures: number): number {
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
  return delay / 2 + (Math.random() * delay) / 2;
}
