import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../api/client.ts';
import type { Context } from '../context.ts';
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { hasEnded, takeSnapshot, type Snapshot } from './snapshot.ts';
import { viewFor, type View } from './views.ts';

export interface FollowOptions {
  readonly id: string;
  /** Default: as long as it takes. */
  readonly timeoutMs?: number;
  /** How long the platform may not know the deployment yet, as when it was asked for over NATS; default not at all. */
  readonly appearsWithinMs?: number;
  /** How long to wait between two looks when there is no news; default a second. */
  readonly lookMs?: number;
  readonly view?: View;
}

export interface Followed {
  readonly exitCode: ExitCode;
  /** The last that was seen. */
  readonly snapshot: Snapshot;
}

const usualLookMs = 1_000;
const leastMs = 200;
const unreachableForMs = 30_000;

/**
 * Shows a deployment until it has ended, the time is over or somebody leaves; the deployment itself goes on in any case. Looks
 * whenever the event stream tells of news, and every second without it.
 * @throws Failure when the platform does not know the deployment, or has not answered for half a minute
 */
export async function follow(context: Context, options: FollowOptions): Promise<Followed> {
  const { api, world } = context;
  const leaving = new AbortController();
  const limits = options.timeoutMs === undefined ? [] : [AbortSignal.timeout(options.timeoutMs)];
  const left = AbortSignal.any([leaving.signal, world.interrupted, ...limits]);
  const view = options.view ?? viewFor(context);
  const news = listen(api, options, left);
  const looks = new Looks(api, options);
  try {
    for (;;) {
      const snapshot = await looks.next(left);
      if (snapshot) view.show(snapshot);
      if (snapshot && hasEnded(snapshot.summary)) return followed(snapshot);
      await news();
      if (left.aborted) return timedOut(context, looks.latest, options);
    }
  } finally {
    leaving.abort();
    view.close();
  }
}

const followed = (snapshot: Snapshot): Followed => ({
  exitCode: exitCodeOf(snapshot.summary) ?? exitCodes.timedOut,
  snapshot,
});

function timedOut({ world, note }: Context, snapshot: Snapshot | undefined, { id }: FollowOptions): Followed {
  const why = world.interrupted.aborted ? 'left' : 'the time to watch is over';
  if (!snapshot) throw new Failure(exitCodes.timedOut, `${why}: deployment ${id} was not seen`);
  note(`${why}; deployment ${id} goes on: backstay watch ${id}`);
  return { exitCode: exitCodes.timedOut, snapshot };
}

/** Looks that bear with a platform that restarts, and with a deployment that is only about to be known. */
class Looks {
  latest: Snapshot | undefined;
  private seenAt = performance.now();

  constructor(
    private readonly api: Api,
    private readonly options: FollowOptions,
  ) {}

  /** Undefined when there is nothing to see for now. */
  async next(left: AbortSignal): Promise<Snapshot | undefined> {
    try {
      this.latest = await takeSnapshot(this.api, this.options.id);
      this.seenAt = performance.now();
      return this.latest;
    } catch (error) {
      if (left.aborted || this.mayPass(error)) return undefined;
      throw error;
    }
  }

  private mayPass(error: unknown): boolean {
    if (!(error instanceof Failure)) return false;
    const { appearsWithinMs = 0 } = this.options;
    const unknown = error.problem.status === 404 && !this.latest;
    const away = error.exitCode === exitCodes.unreachable && (this.latest !== undefined || appearsWithinMs > 0);
    const patience = unknown ? appearsWithinMs : away ? unreachableForMs : 0;
    return performance.now() - this.seenAt < patience;
  }
}

/** Waits for news of the deployment, or as long as is usual; and never less than the time between two looks. */
function listen(api: Api, { id, lookMs = usualLookMs }: FollowOptions, left: AbortSignal): () => Promise<void> {
  let news = new AbortController();
  void hear(api, id, left, () => news.abort());
  return async () => {
    await rest(leastMs, left);
    await rest(lookMs - leastMs, AbortSignal.any([left, news.signal]));
    news = new AbortController();
  };
}

/** Ends early when the signal is aborted. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);

/** The stream is a convenience: without it, the view looks every second. */
async function hear(api: Api, id: string, signal: AbortSignal, tell: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _event of api.events('streamEvents', { query: { deployment: id } }, signal)) tell();
    } catch {
      // It is asked for again below.
    }
    await rest(usualLookMs, signal);
  }
}
