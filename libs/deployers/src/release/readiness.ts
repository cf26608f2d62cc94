import { setTimeout as pause } from 'node:timers/promises';
import { guardedFetch } from '@backstay/guarded-io';
import { timeLimit } from '@backstay/hosts';
import type { Readiness, ServiceState } from '../deployer.ts';
import { NotReady } from './errors.ts';
import type { ReleaseLog } from './release-log.ts';
import type { ProcessManager } from './process-manager.ts';

interface Watch {
  readonly release: string;
  readonly manager: ProcessManager;
  readonly ready: Readiness;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly log: ReleaseLog;
  /** What the process manager counted before this activation. */
  readonly earlierRestarts: number;
}

interface Look {
  /** Of the process that is ready. */
  readonly pid: number | null;
  readonly why: string;
  /** How often it ended by itself since it was activated. */
  readonly ends: number;
}

const betweenLooksMs = 200;
const oneLookMs = 5_000;
/** With the pauses of the process manager between them, some seconds: a database that comes up late is waited for. */
const mostEnds = 5;

/**
 * Ready means twice in a row with the same process alive, so that the reply of another process on its port is not taken for its
 * own. One that ended several times without being ready is waited for no longer.
 */
export async function untilReady(watch: Watch): Promise<void> {
  const deadline = performance.now() + watch.timeoutMs;
  let before: number | null = null;
  let why = 'it was not asked yet';
  for (;;) {
    const look = await lookOnce(watch);
    if (watch.signal?.aborted) throw atInterruption(watch, why);
    if (look.pid !== null && look.pid === before) return;
    ({ pid: before, why } = look);
    if (look.pid === null && look.ends >= mostEnds)
      throw notReady(watch, `${why} (it ended ${look.ends} times and was never ready)`);
    if (performance.now() >= deadline) throw notReady(watch, `${why} (after ${watch.timeoutMs} ms)`);
    await pause(look.pid === null ? betweenLooksMs : 2 * betweenLooksMs, undefined, { signal: watch.signal }).catch(
      () => undefined,
    );
  }
}

const notReady = ({ release, log }: Watch, why: string): NotReady => new NotReady(release, why, log.path, log.tail());

/** A time that is up is reported with the last reply; any other reason stays as it is. */
function atInterruption(watch: Watch, why: string): unknown {
  const reason: unknown = watch.signal?.reason;
  return reason instanceof DOMException && reason.name === 'TimeoutError' ? notReady(watch, why) : reason;
}

async function lookOnce({ manager, ready, signal, earlierRestarts }: Watch): Promise<Look> {
  const before = await manager.state();
  const endsOf = ({ restarts }: ServiceState) => Math.max(0, restarts - earlierRestarts);
  if (before.pid === null) return { pid: null, why: before.problem ?? `it is ${before.status}`, ends: endsOf(before) };
  const why = await ask(ready, AbortSignal.any([timeLimit(oneLookMs), ...(signal ? [signal] : [])]));
  const after = await manager.state();
  return {
    pid: why === null && after.pid === before.pid ? after.pid : null,
    why: [why, after.problem].filter((each) => each !== null).join('; ') || 'it ended meanwhile',
    ends: endsOf(after),
  };
}

/** Null when it is ready. */
async function ask(ready: Readiness, signal: AbortSignal): Promise<string | null> {
  try {
    if (typeof ready === 'function') return (await ready(signal)) ? null : 'its probe says that it is not';
    const { status } = await guardedFetch({ allow: [...ready.allow] })(ready.url, { signal });
    return status >= 200 && status <= 299 ? null : `${ready.url} responded with ${status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
