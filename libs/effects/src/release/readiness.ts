import { setTimeout as pause } from 'node:timers/promises';
import { guardedFetch } from '../http/guarded-fetch.ts';
import { NotReady } from './errors.ts';
import type { ProcessManager } from './process-manager.ts';

/** How a release shows that it serves: a URL of an allowed host that answers 2xx, or a probe. */
export type Readiness =
  | { readonly url: string; readonly allow: readonly string[] }
  | ((signal: AbortSignal) => Promise<boolean>);

interface Watch {
  readonly release: string;
  readonly manager: ProcessManager;
  readonly ready: Readiness;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly log: string;
}

const betweenLooksMs = 200;
const oneLookMs = 5_000;

/** Ready means twice in a row with the same process alive, so that the answer of another process on its port is not taken for its own. */
export async function untilReady(watch: Watch): Promise<void> {
  const deadline = performance.now() + watch.timeoutMs;
  let before: number | null = null;
  for (;;) {
    watch.signal?.throwIfAborted();
    const look = await lookOnce(watch);
    if (look.pid !== null && look.pid === before) return;
    before = look.pid;
    if (performance.now() >= deadline)
      throw new NotReady(watch.release, `${look.why} (after ${watch.timeoutMs} ms)`, watch.log);
    await pause(look.pid === null ? betweenLooksMs : 2 * betweenLooksMs, undefined, { signal: watch.signal }).catch(
      () => undefined,
    );
  }
}

/** Answers the process that is ready, or why there is none. */
async function lookOnce({ manager, ready, signal }: Watch): Promise<{ pid: number | null; why: string }> {
  const before = await manager.state();
  if (before.pid === null) return { pid: null, why: before.problem ?? `it is ${before.status}` };
  const why = await ask(ready, AbortSignal.any([AbortSignal.timeout(oneLookMs), ...(signal ? [signal] : [])]));
  const after = await manager.state();
  return {
    pid: why === null && after.pid === before.pid ? after.pid : null,
    why: after.problem ?? why ?? 'it ended meanwhile',
  };
}

/** Null when it is ready. */
async function ask(ready: Readiness, signal: AbortSignal): Promise<string | null> {
  try {
    if (typeof ready === 'function') return (await ready(signal)) ? null : 'its probe says that it is not';
    const { status } = await guardedFetch({ allow: [...ready.allow] })(ready.url, { signal });
    return status >= 200 && status <= 299 ? null : `${ready.url} answered ${status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
