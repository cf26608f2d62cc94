import { effectKey, type Effect, type Phase } from '@backstay/deployment';
import { Rejection, type Fact, type Folded } from '@backstay/event-sourcing';
import { LeaseKeeper, workLease } from '@backstay/postgres';
import type { Platform } from '../platform.ts';
import type { Acting, Wanted } from './aggregate.ts';
import { Hand } from './hand.ts';
import type { BeatMetrics } from './metrics.ts';
import { Detached, type EffectContext, type Performers } from './performer.ts';
import { splitStream } from './streams.ts';
import { Turn } from './turn.ts';

/** An effect that changed nothing is tried again after this long. */
const idleMs = 2_000;
/** Every unfinished stream is looked at this often, whatever was lost. */
const lookAgainMs = 30_000;
const mostFaultDelayMs = 30_000;
/** While an effect runs: how often `next` is asked whether it is still wanted when nobody pokes. */
const stillWantedMs = 1_000;

export interface BeatOptions<Command, State> {
  readonly phase: Phase;
  readonly platform: Platform;
  readonly performers: Performers<Command, State>;
  readonly metrics: BeatMetrics;
  /** Tells the other phases, best effort, what was appended. */
  readonly announce: (stream: string, events: readonly Fact[]) => void;
  readonly lease?: { readonly ttlMs: number; readonly renewEveryMs: number };
}

/** One act under one lease: what is done, on which state, and when to stop. */
interface Act<State> {
  readonly stream: string;
  readonly effect: Effect;
  readonly before: Folded<State>;
  readonly token: number;
  readonly detach: AbortSignal;
  readonly turn: Turn;
}

/**
 * The beat of one phase over one kind of aggregate: lease, fold, `next`, intent, effect, outcome, release. Whatever was
 * hinted, only the stream decides what is done; a crash at any point looks like a late hint.
 */
export class Beat<Command extends { readonly type: string }, State, Event extends Fact> {
  readonly #acting: Acting<Command, State, Event>;
  readonly #options: BeatOptions<Command, State>;
  readonly #hand: Hand<Command, State, Event>;
  readonly #turns = new Map<string, Turn>();
  readonly #faults = new Map<string, number>();
  readonly #drain = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(acting: Acting<Command, State, Event>, options: BeatOptions<Command, State>) {
    this.#acting = acting;
    this.#options = options;
    this.#hand = new Hand({ ...options, decider: acting.decider });
  }

  get category(): string {
    return this.#acting.category;
  }

  /** Looks at a stream now, or again as soon as the turn that runs has finished its act. Resolves when the turn is over. */
  consider(stream: string): Promise<void> {
    const turn = this.#turns.get(stream);
    if (turn !== undefined) return Promise.resolve(turn.poke());
    if (this.#drain.signal.aborted) return Promise.resolve();
    const running = this.#turn(stream).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Lets go of everything that runs, for others to take up. */
  async drain(): Promise<void> {
    this.#drain.abort();
    await Promise.allSettled(this.#running);
  }

  async #turn(stream: string): Promise<void> {
    const turn = new Turn();
    this.#turns.set(stream, turn);
    try {
      do {
        const wakeAt = await this.#act(stream, turn);
        this.#faults.delete(stream);
        // Pokes are looked for only behind this: one that comes while the sleep is written down would be slept through.
        await this.#sleepUntil(stream, wakeAt);
      } while (turn.takePoke() && !this.#drain.signal.aborted);
    } catch (error) {
      await this.#fault(stream, error);
    } finally {
      this.#turns.delete(stream);
    }
  }

  /** One lease long. The moment at which to look again. */
  async #act(stream: string, turn: Turn): Promise<string | null> {
    const { phase, platform } = this.#options;
    const seen = await this.#hand.fold(stream);
    const wanted = this.#acting.next(phase, seen.state, platform.now());
    if (!isAct(wanted)) return untilOf(wanted);
    const name = workLease(phase, stream);
    const atLeastToken = this.#acting.highestToken(phase, seen.state);
    const keeper = await LeaseKeeper.take(platform.leases, {
      name,
      holder: `${platform.host}/${process.pid}`,
      atLeastToken,
      ...this.#options.lease,
    });
    // Somebody else acts. It is due again at once when that lease ends without a word.
    if (keeper === null) return platform.now();
    try {
      return await this.#actUnderLease(stream, keeper, turn);
    } finally {
      await keeper.release();
    }
  }

  async #actUnderLease(stream: string, keeper: LeaseKeeper, turn: Turn): Promise<string | null> {
    const { phase, platform } = this.#options;
    const detach = AbortSignal.any([keeper.signal, this.#drain.signal]);
    for (;;) {
      // What is let go of is due at once, for whoever comes next.
      if (detach.aborted) return platform.now();
      const before = await this.#hand.fold(stream);
      const effect = this.#acting.next(phase, before.state, platform.now());
      if (!isAct(effect)) return untilOf(effect);
      await this.#perform({ stream, effect, before, token: keeper.lease.token, detach, turn });
      const after = await this.#hand.fold(stream);
      if (after.head.version === before.head.version && !detach.aborted) return later(platform.now(), idleMs);
    }
  }

  async #perform(act: Act<State>): Promise<void> {
    const { stream, effect, before, token } = act;
    const { phase, platform } = this.#options;
    const intent = this.#acting.intent(effect, platform.now(), token, platform.host);
    const begun = intent === null ? before : await this.#hand.handle(stream, intent);
    const wanted = this.#acting.next(phase, begun.state, platform.now());
    // The intent may have decided otherwise: skipped the step, or declared its end unknown.
    if (!isAct(wanted) || effectKey(wanted) !== effectKey(effect)) return;
    await this.#carryOut({ ...act, effect: wanted, before: begun });
  }

  async #carryOut(act: Act<State>): Promise<void> {
    const { stream, effect } = act;
    const { platform, metrics } = this.#options;
    const unwanted = new AbortController();
    const unwatch = this.#watchWhether(act, unwanted);
    const timer = metrics.effect(effect.kind);
    try {
      for (const command of await this.#outcome(act, unwanted.signal)) await this.#hand.handle(stream, command);
      timer('done');
    } catch (error) {
      if (error instanceof Rejection)
        platform.logger.info({ stream, effect: effect.kind, code: error.code }, error.message);
      else if (!(error instanceof Detached)) throw error;
      timer(error instanceof Rejection ? 'refused' : 'detached');
    } finally {
      unwatch();
    }
  }

  #outcome({ stream, effect, before, token, detach }: Act<State>, unwanted: AbortSignal): Promise<readonly Command[]> {
    const { performers, platform } = this.#options;
    const perform = performers[effect.kind] as
      | ((effect: Effect, context: EffectContext<Command, State>) => Promise<readonly Command[]>)
      | undefined;
    if (perform === undefined) throw new Error(`nobody here performs ${effect.kind}`);
    const { now, host } = platform;
    const { id } = splitStream(stream);
    const append = async (command: Command) => (await this.#hand.handle(stream, command)).state;
    return perform(effect, { id, stream, state: before.state, token, host, unwanted, detach, now, append });
  }

  /** Asks on every poke, and at least each second, whether the act in flight is still the one that is wanted. */
  #watchWhether({ stream, effect, turn }: Act<State>, unwanted: AbortController): () => void {
    const { phase, platform } = this.#options;
    const look = async () => {
      const { state } = await this.#hand.fold(stream);
      const wanted = this.#acting.next(phase, state, platform.now());
      if (!isAct(wanted) || effectKey(wanted) !== effectKey(effect)) unwanted.abort();
    };
    const looking = () =>
      void look().catch((error: unknown) =>
        platform.logger.warn({ err: error, stream }, 'could not look whether the act is still wanted'),
      );
    const interval = setInterval(looking, stillWantedMs);
    const unlisten = turn.onPoke(looking);
    return () => {
      clearInterval(interval);
      unlisten();
    };
  }

  async #sleepUntil(stream: string, wakeAt: string | null): Promise<void> {
    const { phase, platform } = this.#options;
    const folded = this.#hand.known(stream);
    if (folded !== undefined && this.#acting.isFinished(phase, folded.state, platform.now())) {
      this.#hand.forget(stream);
      return platform.openWork.remove(phase, stream);
    }
    const latest = later(platform.now(), lookAgainMs);
    const inMs = wakeAt === null ? Infinity : Date.parse(wakeAt) - Date.parse(platform.now());
    // Sooner than a sweep finds it.
    if (inMs > 0 && inMs < stillWantedMs) setTimeout(() => void this.consider(stream), inMs).unref();
    await platform.openWork.upsert(phase, stream, wakeAt !== null && wakeAt < latest ? wakeAt : latest);
  }

  /** A fault is retried with growing delay, for ever and visibly: nothing of a deployment is dropped because a disk was full. */
  async #fault(stream: string, error: unknown): Promise<void> {
    const { phase, platform, metrics } = this.#options;
    const failures = (this.#faults.get(stream) ?? 0) + 1;
    this.#faults.set(stream, failures);
    metrics.fault();
    const delayMs = Math.min(mostFaultDelayMs, 500 * 2 ** Math.min(failures, 10));
    platform.logger.error(
      { err: error, stream, failures, delayMs },
      'an act did not end as it should; it is tried again',
    );
    await platform.openWork.upsert(phase, stream, later(platform.now(), delayMs)).catch(() => undefined);
  }
}

function isAct(effect: Wanted | null): effect is Effect {
  return effect !== null && effect.kind !== 'wait';
}

function untilOf(effect: Wanted | null): string | null {
  return effect?.kind === 'wait' ? effect.until : null;
}

function later(now: string, ms: number): string {
  return new Date(Date.parse(now) + ms).toISOString();
}
