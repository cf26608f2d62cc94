import { effectKey, type Effect, type Phase } from '@backstay/deployment';
import {
  CommandHandler,
  Rejection,
  type Actor,
  type CommandMetadata,
  type Fact,
  type Folded,
} from '@backstay/event-sourcing';
import { LeaseKeeper, workLease } from '@backstay/postgres';
import type { Platform } from '../platform.ts';
import { childOf } from '../traceparent.ts';
import type { Acting } from './aggregate.ts';
import type { BeatMetrics } from './metrics.ts';
import { Detached, type EffectContext, type Performers } from './performer.ts';
import { splitStream } from './streams.ts';
import { knowingAll } from './unknown-fact.ts';

/** An effect that changed nothing is tried again after this long. */
const idleMs = 2_000;
/** Every unfinished stream is looked at this often, whatever was lost. */
const lookAgainMs = 30_000;
const mostFaultDelayMs = 30_000;
/** While an effect runs: how often `next` is asked whether it is still wanted when nobody pokes. */
const stillWantedMs = 1_000;
const mostFoldsKept = 500;

export interface BeatOptions<Command, State> {
  readonly phase: Phase;
  readonly platform: Platform;
  readonly performers: Performers<Command, State>;
  readonly metrics: BeatMetrics;
  /** Tells the other phases, best effort, what was appended. */
  readonly announce: (stream: string, events: readonly Fact[]) => void;
  readonly lease?: { readonly ttlMs: number; readonly renewEveryMs: number };
}

type Turn = { poke: () => void };

/**
 * The beat of one phase over one kind of aggregate: lease, fold, `next`, intent, effect, outcome, release. Whatever was
 * hinted, only the stream decides what is done; a crash at any point looks like a late hint.
 */
export class Beat<Command extends { readonly type: string }, State, Event extends Fact> {
  readonly #acting: Acting<Command, State, Event>;
  readonly #options: BeatOptions<Command, State>;
  readonly #handler: CommandHandler<Command, State, Event>;
  readonly #folds = new Map<string, Folded<State>>();
  readonly #traces = new Map<string, string>();
  readonly #turns = new Map<string, Turn>();
  readonly #faults = new Map<string, number>();
  readonly #drain = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(acting: Acting<Command, State, Event>, options: BeatOptions<Command, State>) {
    this.#acting = acting;
    this.#options = options;
    const { store, ids, digest } = options.platform;
    this.#handler = new CommandHandler(knowingAll(acting.decider), { store, ids, digest });
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
    let poked = false;
    let wake = (): void => {};
    const turn: Turn & { pokes: () => boolean; onPoke: (listener: () => void) => void } = {
      poke: () => {
        poked = true;
        wake();
      },
      pokes: () => {
        const was = poked;
        poked = false;
        return was;
      },
      onPoke: (listener) => {
        wake = listener;
      },
    };
    this.#turns.set(stream, turn);
    try {
      do {
        const wakeAt = await this.#act(stream, turn);
        this.#faults.delete(stream);
        // Pokes are looked for only behind this: one that comes while the sleep is written down would be slept through.
        await this.#sleepUntil(stream, wakeAt);
      } while (turn.pokes() && !this.#drain.signal.aborted);
    } catch (error) {
      await this.#fault(stream, error);
    } finally {
      this.#turns.delete(stream);
    }
  }

  /** One lease long. The moment at which to look again. */
  async #act(stream: string, turn: { onPoke: (listener: () => void) => void }): Promise<string | null> {
    const { phase, platform } = this.#options;
    const seen = await this.#fold(stream);
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
    if (keeper === null) return null;
    try {
      return await this.#actUnderLease(stream, keeper, turn);
    } finally {
      await keeper.release();
    }
  }

  async #actUnderLease(
    stream: string,
    keeper: LeaseKeeper,
    turn: { onPoke: (listener: () => void) => void },
  ): Promise<string | null> {
    const { phase, platform } = this.#options;
    const detach = AbortSignal.any([keeper.signal, this.#drain.signal]);
    for (;;) {
      // What is let go of is due at once, for whoever comes next.
      if (detach.aborted) return platform.now();
      const before = await this.#fold(stream);
      const effect = this.#acting.next(phase, before.state, platform.now());
      if (!isAct(effect)) return untilOf(effect);
      await this.#perform(stream, effect, before, keeper.lease.token, detach, turn);
      const after = await this.#fold(stream);
      if (after.head.version === before.head.version && !detach.aborted) return later(platform.now(), idleMs);
    }
  }

  async #perform(
    stream: string,
    effect: Effect,
    before: Folded<State>,
    token: number,
    detach: AbortSignal,
    turn: { onPoke: (listener: () => void) => void },
  ): Promise<void> {
    const { phase, platform, metrics } = this.#options;
    const intent = this.#acting.intent(effect, platform.now(), token, platform.host);
    const begun = intent === null ? before : await this.#handle(stream, intent);
    const wanted = this.#acting.next(phase, begun.state, platform.now());
    // The intent may have decided otherwise: skipped the step, or declared its end unknown.
    if (!isAct(wanted) || effectKey(wanted) !== effectKey(effect)) return;
    const unwanted = new AbortController();
    const watching = this.#watchWhether(stream, effect, unwanted, turn);
    const timer = metrics.effect(effect.kind);
    try {
      for (const command of await this.#outcome(stream, wanted, begun, token, unwanted.signal, detach))
        await this.#handle(stream, command);
      timer('done');
    } catch (error) {
      if (error instanceof Rejection)
        platform.logger.info({ stream, effect: effect.kind, code: error.code }, error.message);
      else if (!(error instanceof Detached)) throw error;
      timer(error instanceof Rejection ? 'refused' : 'detached');
    } finally {
      watching();
    }
  }

  #outcome(
    stream: string,
    effect: Effect,
    folded: Folded<State>,
    token: number,
    unwanted: AbortSignal,
    detach: AbortSignal,
  ) {
    const { performers, platform } = this.#options;
    const perform = performers[effect.kind] as
      | ((effect: Effect, context: EffectContext<Command, State>) => Promise<readonly Command[]>)
      | undefined;
    if (perform === undefined) throw new Error(`nobody here performs ${effect.kind}`);
    const { id } = splitStream(stream);
    const append = async (command: Command) => (await this.#handle(stream, command)).state;
    return perform(effect, {
      id,
      stream,
      state: folded.state,
      token,
      host: platform.host,
      unwanted,
      detach,
      now: platform.now,
      append,
    });
  }

  /** Asks on every poke, and at least each second, whether the act in flight is still the one that is wanted. */
  #watchWhether(
    stream: string,
    effect: Effect,
    unwanted: AbortController,
    turn: { onPoke: (listener: () => void) => void },
  ): () => void {
    const { phase, platform } = this.#options;
    const look = async () => {
      const { state } = await this.#fold(stream);
      const wanted = this.#acting.next(phase, state, platform.now());
      if (wanted === null || effectKey(wanted) !== effectKey(effect)) unwanted.abort();
    };
    const looking = () =>
      void look().catch((error: unknown) =>
        platform.logger.warn({ err: error, stream }, 'could not look whether the act is still wanted'),
      );
    const interval = setInterval(looking, stillWantedMs);
    turn.onPoke(looking);
    return () => {
      clearInterval(interval);
      turn.onPoke(() => {});
    };
  }

  async #fold(stream: string): Promise<Folded<State>> {
    const folded = await this.#handler.fold(stream, this.#folds.get(stream));
    this.#remember(stream, folded);
    return folded;
  }

  // A newer fold is never replaced by an older one: two readers of one stream may finish in any order.
  #remember(stream: string, folded: Folded<State>): void {
    const kept = this.#folds.get(stream);
    if (kept !== undefined && kept.head.version > folded.head.version) return;
    this.#folds.delete(stream);
    this.#folds.set(stream, folded);
    if (this.#folds.size > mostFoldsKept) this.#folds.delete([...this.#folds.keys()][0] ?? '');
  }

  async #handle(stream: string, command: Command): Promise<Folded<State>> {
    const metadata = await this.#metadata(stream);
    const { folded, events } = await this.#handler.handle(stream, command, metadata, this.#folds.get(stream));
    this.#remember(stream, folded);
    if (events.length > 0) this.#options.announce(stream, events);
    return folded;
  }

  async #metadata(stream: string): Promise<CommandMetadata> {
    const { phase, platform } = this.#options;
    const actor: Actor = { kind: 'service', name: phase };
    const traceparent = childOf(await this.#traceOf(stream));
    return {
      commandId: platform.ids(),
      time: platform.now(),
      actor,
      correlation: splitStream(stream).id,
      causation: null,
      traceparent,
    };
  }

  async #traceOf(stream: string): Promise<string | undefined> {
    const known = this.#traces.get(stream);
    if (known !== undefined) return known;
    const [first] = await this.#options.platform.store.read(stream, { to: 1 });
    if (first?.traceparent === undefined) return undefined;
    if (this.#traces.size > mostFoldsKept) this.#traces.clear();
    this.#traces.set(stream, first.traceparent);
    return first.traceparent;
  }

  async #sleepUntil(stream: string, wakeAt: string | null): Promise<void> {
    const { phase, platform } = this.#options;
    const folded = this.#folds.get(stream);
    if (folded !== undefined && this.#acting.isFinished(folded.state)) {
      this.#folds.delete(stream);
      return platform.openWork.remove(phase, stream);
    }
    const latest = later(platform.now(), lookAgainMs);
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

function isAct(effect: Effect | null): effect is Exclude<Effect, { kind: 'wait' }> {
  return effect !== null && effect.kind !== 'wait';
}

function untilOf(effect: Effect | null): string | null {
  return effect?.kind === 'wait' ? effect.until : null;
}

function later(now: string, ms: number): string {
  return new Date(Date.parse(now) + ms).toISOString();
}
