import { setTimeout as pause } from 'node:timers/promises';
import { timeLimit } from '@backstay/hosts';
import type { Api } from '../api/client.ts';
import type { Context } from '../context.ts';
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { liveFrom } from './live.ts';
import { hasEnded, takeSnapshot, type Snapshot } from './snapshot.ts';
import { viewFor, type View } from './views.ts';

export interface FollowOptions {
  readonly id: string;
  /** Default: as long as it takes. */
  readonly timeoutMs?: number;
  /** How long the platform may not know the deployment yet, as when it was asked for over NATS; default not at all. */
  readonly appearsWithinMs?: number;
  /** How long to wait between two looks while there is no event stream; default a second. */
  readonly lookMs?: number;
  /** What ends it beside the end of the deployment; default nothing. */
  readonly until?: (snapshot: Snapshot) => boolean;
  readonly view?: View;
}

export interface Followed {
  readonly exitCode: ExitCode;
  /** The last that was seen. */
  readonly snapshot: Snapshot;
}

const usualLookMs = 1_000;
const unreachableForMs = 30_000;

/**
 * Shows a deployment until it has ended, the time is over or somebody leaves; the deployment itself goes on in any case. It is
 * fetched once, and goes on with the events of the live stream; without a stream it is fetched every second.
 * @throws Failure when the platform does not know the deployment, or has not responded for half a minute
 */
export async function follow(context: Context, options: FollowOptions): Promise<Followed> {
  const { api, world } = context;
  const leaving = new AbortController();
  const limits = options.timeoutMs === undefined ? [] : [timeLimit(options.timeoutMs)];
  const left = AbortSignal.any([leaving.signal, world.interrupted, ...limits]);
  const view = options.view ?? viewFor(context);
  let latest: Snapshot | undefined;
  try {
    for await (const snapshot of snapshots(api, options, left)) {
      latest = snapshot;
      view.show(snapshot);
      if (hasEnded(snapshot.summary) || options.until?.(snapshot)) return followed(snapshot);
    }
    return timedOut(context, latest, options);
  } finally {
    leaving.abort();
    view.close();
  }
}

/** All there is to show, whenever it changes, until somebody leaves. */
async function* snapshots(api: Api, options: FollowOptions, left: AbortSignal): AsyncGenerator<Snapshot> {
  const looks = new Looks(api, options);
  while (!left.aborted) {
    const fetched = await looks.next(left);
    if (fetched !== undefined) {
      yield fetched;
      yield* live(api, fetched, left);
    }
    await rest(options.lookMs ?? usualLookMs, left);
  }
}

/**
 * What becomes of a snapshot by the events behind it. A stream that breaks is resumed behind the last event; where it cannot be
 * opened, or has an event that this version does not know, this ends, and the deployment has to be fetched again.
 */
async function* live(api: Api, fetched: Snapshot, left: AbortSignal): AsyncGenerator<Snapshot> {
  const { id } = fetched.summary;
  const going = await liveFrom(fetched);
  for (let opened = true; opened && !left.aborted;) {
    opened = false;
    try {
      for await (const events of api.events('streamEvents', { query: { deployment: id, after: going.cursor } }, left)) {
        const isFirst = !opened;
        opened = true;
        if (events.length === 0 && !(isFirst && isBehind(fetched))) continue;
        const snapshot = going.after(events);
        if (snapshot === undefined) return;
        yield snapshot;
      }
    } catch (error) {
      if (error instanceof SyntaxError) return;
    }
    if (opened) await rest(usualLookMs, left);
  }
}

/** Its last events came between the two requests that it was fetched with; no further one may come. */
const isBehind = ({ summary, entries }: Snapshot): boolean => (entries.at(-1)?.version ?? 0) > summary.streamVersion;

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

/** Ends early when the signal is aborted. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);
