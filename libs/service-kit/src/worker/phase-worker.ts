import { setMaxListeners } from 'node:events';
import { effectKey, type Effect, type Next, type Phase, type Workflow } from '@backstay/deployment';
import {
  Rejection,
  streamName,
  type AggregateRepository,
  type DomainEvent,
  type Folded,
  type Handled,
} from '@backstay/event-sourcing';
import { cleanRecord, workLease, type HeldLease, type LeaseRecord, type PendingChange } from '@backstay/postgres';
import type { Logger } from 'pino';
import type { EffectContext, EffectHandlers } from './effect-handler.ts';
import {
  resultOf,
  heldRetryMs,
  longestDelayMs,
  mostDeaths,
  mostFaults,
  retryDelayMs,
  type EffectResult,
} from './effect-result.ts';
import type { Clock, LeasePort } from './ports.ts';
import { Run } from './run.ts';
import { inSpan, outsideSpans, streamAttributes, type SpanOptions } from '../tracing/spans.ts';
import type { Slots } from './slots.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** An effect that changed nothing is tried again after this long, unless it says otherwise. */
const unchangedMs = 2_000;
/** A wait that ends within this time is waited for while the lease is held. */
const shortWaitMs = 1_000;

export interface PhaseWorkerOptions<Command, State, Event extends DomainEvent> {
  readonly phase: Phase;
  readonly workflow: Workflow<Command, State, Event>;
  readonly repository: AggregateRepository<Command, State, Event>;
  readonly handlers: EffectHandlers<Command, State>;
  readonly leases: LeasePort;
  /** Bounds the effects that occupy the machine. */
  readonly slots: Slots;
  readonly clock: Clock;
  /** Name of this machine, recorded with each intent. */
  readonly host: string;
  readonly metrics: WorkerMetrics;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Hears what this phase has to do with a stream from now on; `acted`: as the holder of its lease; `awaits`: streams of others. */
  readonly onSettled: (change: PendingChange, acted: boolean, awaits: readonly string[]) => void;
}

/** What of an error may be shown to everybody: its code or its class, never its words, which may hold anything. */
function nameOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    name?: unknown;
  };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'an unknown fault';
}

/** In the place of an effect's key: the work was put off and is tried at the next opportunity. */
const postponed = 'postponed';

/** What one pass holds: the lease, and what its release is to record. */
interface Tenure {
  lease: HeldLease | null;
  record: LeaseRecord;
  /** Key of the effect whose intent stands under this lease. */
  intended: string | null;
}

interface Rest {
  readonly version: number;
  readonly wakeAt: string;
  /** The same by the clock that only rises: an adjusted wall clock does not stretch a rest. */
  readonly dueMs: number;
  /** Streams of others that may have something new before. */
  readonly awaits: readonly string[];
}

/**
 * One phase over one kind of aggregate: fold, `next`, lease, intent, effect, outcome, and again until `next` says otherwise.
 * Whatever woke it, only the stream decides what is done; a crash at any point looks like a late wake-up.
 */
export class PhaseWorker<Command, State, Event extends DomainEvent> {
  readonly #options: PhaseWorkerOptions<Command, State, Event>;
  readonly #runs = new Map<string, Run>();
  readonly #running = new Set<Promise<void>>();
  /** Effects to be tried again at a time, at the version of the stream that they were tried on. */
  readonly #resting = new Map<string, Rest>();
  readonly #drain = new AbortController();
  #platformFaults = 0;
  /** What everybody lacks pauses the worker, by the clock that only rises. */
  #pausedUntilMs = 0;

  constructor(options: PhaseWorkerOptions<Command, State, Event>) {
    this.#options = options;
    // Everything that runs listens to it.
    setMaxListeners(0, this.#drain.signal);
  }

  get category(): string {
    return this.#options.workflow.category;
  }

  /**
   * Looks at a stream now, or again as soon as what runs there allows.
   * @param version of the stream that the caller knows of; absent: the kept state may be behind
   */
  wake(id: string, version?: number): void {
    const run = this.#runs.get(id);
    if (run !== undefined) return run.wake(version);
    if (this.#drain.signal.aborted || this.settles(id, version)) return;
    if (this.#pauseMs > 0) return this.#sleep(id, version ?? 0, this.#later(this.#pauseMs), false);
    const begun = new Run(id, version);
    this.#runs.set(id, begun);
    const running = this.#run(begun)
      .catch((error: unknown) => this.#report(error, begun, {}))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Whether the kept state has this version and leaves nothing to do now, so that no wake-up is needed. */
  settles(id: string, version: number | undefined): boolean {
    const { phase, workflow, repository, clock, slots } = this.#options;
    const folded = repository.peek(id);
    if (folded === undefined || version === undefined || folded.head.version < version) return false;
    let next: Next;
    try {
      next = workflow.next(phase, folded.state, clock.now());
    } catch {
      // The run that follows meets the same error, as a fault of this stream alone.
      return false;
    }
    if (next.kind === 'effect') return this.#rests(id, version);
    slots.giveUp(this.#slotKey(id));
    this.#resting.delete(id);
    this.#settle(id, folded, next, false);
    return true;
  }

  /** Whether this process is at work on the stream, or waits for a slot to be. */
  isBusyWith(id: string): boolean {
    return this.#runs.has(id) || this.#options.slots.isWaiting(this.#slotKey(id));
  }

  /** Whether this version was tried and is to be tried again later. */
  #rests(id: string, version: number): boolean {
    const resting = this.#resting.get(id);
    if (resting === undefined || version > resting.version || resting.dueMs <= this.#options.clock.elapsedMs())
      return false;
    this.#sleep(id, resting.version, resting.wakeAt, false, resting.awaits);
    return true;
  }

  /** Begins nothing more, lets go of everything that runs for others to take up, and waits until all of it is let go. */
  async drain(): Promise<void> {
    this.#drain.abort();
    await Promise.allSettled(this.#running);
  }

  async #run(run: Run): Promise<void> {
    const { slots } = this.#options;
    try {
      do {
        await this.#pass(run).catch((error: unknown) => this.#faulted(run, error));
      } while (run.isWoken && !this.#drain.signal.aborted && !this.#isPaused(run) && !this.#isOldNews(run));
    } finally {
      run.releaseSlot();
      if (!run.isQueued) slots.giveUp(this.#slotKey(run.id));
      this.#runs.delete(run.id);
    }
  }

  /** Whether a wake-up that came during the pass waits until the pause of all is over. */
  #isPaused(run: Run): boolean {
    if (this.#pauseMs <= 0) return false;
    this.#sleep(run.id, run.lookAnew() ?? 0, this.#later(this.#pauseMs), false);
    return true;
  }

  /** What is left of the pause of all. */
  get #pauseMs(): number {
    return this.#pausedUntilMs - this.#options.clock.elapsedMs();
  }

  /** Whether what has woken it is what it rests on: its own hold, above all. */
  #isOldNews(run: Run): boolean {
    const { version } = run;
    const resting = this.#resting.get(run.id);
    if (version === undefined || resting === undefined || version > resting.version) return false;
    run.lookAnew();
    return this.#rests(run.id, version);
  }

  /** From one look at the stream until there is nothing more to do now, under at most one lease. */
  async #pass(run: Run): Promise<void> {
    const tenure: Tenure = { lease: null, record: cleanRecord, intended: null };
    this.#resting.delete(run.id);
    run.seen = this.#options.repository.peek(run.id)?.head.version ?? 0;
    try {
      await outsideSpans(() => this.#act(run, tenure));
    } finally {
      run.releaseSlot();
      await tenure.lease?.release(tenure.record);
    }
  }

  async #act(run: Run, tenure: Tenure): Promise<void> {
    const { phase, workflow, clock } = this.#options;
    for (let folded = await this.#fold(run.id, run.lookAnew()); ;) {
      // Released work is due at once, for the next holder.
      if (this.#isDetached(tenure.lease)) return;
      run.seen = folded.head.version;
      const next = workflow.next(phase, folded.state, clock.now());
      if (next.kind === 'wait' && tenure.lease !== null && this.#isShort(next.until)) {
        await this.#waitUntil(next.until, run, tenure.lease);
        folded = await this.#fold(run.id, run.lookAnew());
      } else if (next.kind !== 'effect') {
        return this.#settle(run.id, folded, next, tenure.lease !== null);
      } else {
        const after = await this.#step(next, folded, run, tenure);
        if (after === null) return;
        folded = after;
      }
    }
  }

  /** Comes one step nearer to an effect's outcome: a slot, the lease, the intent, the effect. Null: not now. */
  async #step(
    next: Extract<Next, { kind: 'effect' }>,
    folded: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<Folded<State> | null> {
    const { workflow, clock, host } = this.#options;
    const { effect } = next;
    if (!this.#hasSlot(effect, run)) return null;
    if (tenure.lease === null) return this.#takeLease(folded, run, tenure);
    const key = effectKey(effect);
    if (tenure.intended === key) return this.#perform(next, folded, run, tenure);
    tenure.intended = key;
    const intent = workflow.intent(effect, clock.now(), tenure.lease.token, host);
    if (intent === null) return this.#perform(next, folded, run, tenure);
    try {
      return (await this.#append(run, intent)).folded;
    } catch (error) {
      return this.#afterRefusal(resultOf(error), effect, folded, run, tenure);
    }
  }

  #hasSlot(effect: Effect, run: Run): boolean {
    const { workflow, slots } = this.#options;
    run.isQueued = false;
    if (!workflow.occupies(effect)) {
      run.releaseSlot();
      return true;
    }
    run.slot ??= slots.take(this.#slotKey(run.id), () => this.wake(run.id, 0));
    run.isQueued = run.slot === null;
    return !run.isQueued;
  }

  #slotKey(id: string): string {
    const { phase, workflow } = this.#options;
    return `${phase} ${streamName(workflow.category, id)}`;
  }

  /** The state of the stream, read under the lease; null while another process holds the lease. */
  async #takeLease(folded: Folded<State>, run: Run, tenure: Tenure): Promise<Folded<State> | null> {
    const { phase, workflow, repository, leases } = this.#options;
    const name = workLease(phase, streamName(workflow.category, run.id));
    const lease = await leases.take({ name, atLeastToken: workflow.highestToken(phase, folded.state) });
    if (lease === null) return null;
    tenure.lease = lease;
    tenure.record = lease.record;
    if (await this.#isPostponed(lease.record, run, tenure)) return null;
    // Events of an earlier holder of the lease are read here; this process's own events and those of the subscription are in the kept state.
    return lease.isContinued === true ? folded : repository.load(run.id);
  }

  /** Work whose holders are lost again and again may be what ends them: it is tried once a minute. */
  async #isPostponed({ deaths, faults, effect }: LeaseRecord, run: Run, tenure: Tenure): Promise<boolean> {
    if (deaths < mostDeaths || !this.#isBudgeted || effect === postponed) return false;
    tenure.record = { deaths, faults, effect: postponed };
    this.#report(new Error(`${deaths} holders were lost soon after they took it up`), run, { delayMs: heldRetryMs });
    await this.#hold(`the process was lost ${deaths} times soon after it had taken up the work`, run);
    return true;
  }

  async #perform(
    next: Extract<Next, { kind: 'effect' }>,
    folded: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<Folded<State> | null> {
    const { metrics, repository } = this.#options;
    const { effect } = next;
    const timer = metrics.effect(effect.kind);
    const result = await this.#resultOfEffect(next, folded, run, tenure);
    timer(result.kind);
    tenure.intended = null;
    if (result.kind === 'rejection' || result.kind === 'fault')
      return this.#afterRefusal(result, effect, folded, run, tenure);
    const after = repository.peek(run.id) ?? (await repository.load(run.id));
    if (after.head.version > folded.head.version) {
      this.#platformFaults = 0;
      tenure.record = cleanRecord;
      return after;
    }
    // Due at once, for whoever comes next; under a lease that stands somebody else has taken over what runs.
    if (result.kind === 'detached' && this.#isDetached(tenure.lease)) return null;
    const again = result.kind === 'unchanged' ? result.again : null;
    const { lookAgainAt, awaits } = again ?? { lookAgainAt: this.#later(unchangedMs) };
    this.#rest(run.id, after.head.version, earliest(lookAgainAt, next.reviewAt), awaits);
    return null;
  }

  async #resultOfEffect(
    { effect, reviewAt }: Extract<Next, { kind: 'effect' }>,
    folded: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<EffectResult> {
    const { workflow } = this.#options;
    const unwanted = new AbortController();
    const unwatch = this.#watchWhether(effect, reviewAt, run, unwanted);
    try {
      return await inSpan(this.#spanOf(effect, folded, run), async () => {
        const outcome = await this.#handlerOf(effect)(effect, this.#contextOf(folded, run, tenure, unwanted.signal));
        if ('lookAgainAt' in outcome) return { kind: 'unchanged', again: outcome };
        let appended = 0;
        for (const command of outcome) appended += (await this.#append(run, command)).events.length;
        if (appended === 0) return { kind: 'unchanged', again: null };
        return { kind: outcome.some((command) => workflow.isUnknown(command)) ? 'unknown' : 'outcome' };
      });
    } catch (error) {
      return resultOf(error);
    } finally {
      unwatch();
    }
  }

  /** In the trace of the deployment; an environment outlives its deployments, so that its effects belong to what caused them. */
  #spanOf(effect: Effect, { traceparent, lastTraceparent }: Folded<State>, run: Run): SpanOptions {
    const { phase, workflow } = this.#options;
    return {
      name: `${phase} ${effect.kind}`,
      kind: 'consumer',
      parent: workflow.category === 'deployment' ? traceparent : lastTraceparent,
      cause: lastTraceparent,
      attributes: {
        ...streamAttributes(streamName(workflow.category, run.id)),
        'backstay.phase': phase,
        'backstay.effect': effectKey(effect),
      },
    };
  }

  #handlerOf(effect: Effect) {
    const { handlers, phase } = this.#options;
    const handler = handlers[effect.kind] as
      | ((effect: Effect, context: EffectContext<Command, State>) => ReturnType<NonNullable<typeof handlers.watch>>)
      | undefined;
    if (handler === undefined) throw new Error(`${phase} has no handler for ${effect.kind}`);
    return handler;
  }

  #contextOf(folded: Folded<State>, run: Run, tenure: Tenure, unwanted: AbortSignal): EffectContext<Command, State> {
    const { workflow, clock, host } = this.#options;
    const { lease } = tenure;
    if (lease === null) throw new Error('an effect needs the lease');
    return {
      id: run.id,
      stream: streamName(workflow.category, run.id),
      state: folded.state,
      token: lease.token,
      host,
      unwanted,
      detach: AbortSignal.any([lease.signal, this.#drain.signal]),
      now: () => clock.now(),
      append: async (command) => (await this.#append(run, command)).folded.state,
    };
  }

  /** Asks with each wake-up, and when time alone may change the result, whether the effect in flight is still the one that is wanted. */
  #watchWhether(effect: Effect, reviewAt: string | undefined, run: Run, unwanted: AbortController): () => void {
    const { phase, workflow, clock, logger } = this.#options;
    const review = async () => {
      const { state } = await this.#fold(run.id, run.takeVersion());
      const next = workflow.next(phase, state, clock.now());
      if (next.kind !== 'effect' || effectKey(next.effect) !== effectKey(effect)) unwanted.abort();
    };
    const look = () =>
      void review().catch((error: unknown) =>
        logger.warn({ err: error, id: run.id }, 'could not look whether the effect is still wanted'),
      );
    const cancel = reviewAt === undefined ? () => {} : clock.after(this.#msUntil(reviewAt), look);
    const unlisten = run.onWake(look);
    return () => {
      cancel();
      unlisten();
    };
  }

  /** After a rejection the stream is folded and asked again; a fault is retried later. */
  async #afterRefusal(
    result: EffectResult,
    effect: Effect,
    before: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<Folded<State> | null> {
    const { repository, logger, workflow } = this.#options;
    if (result.kind === 'rejection') {
      const { code, message } = result.rejection;
      logger.info({ stream: streamName(workflow.category, run.id), effect: effect.kind, code }, message);
      tenure.intended = null;
      const after = await repository.load(run.id);
      if (after.head.version > before.head.version) return after;
      this.#rest(run.id, after.head.version, this.#later(unchangedMs));
      return null;
    }
    if (result.kind === 'fault') await this.#faultOf(effect, result, before, run, tenure);
    return null;
  }

  async #faultOf(
    effect: Effect,
    { error, scope }: Extract<EffectResult, { kind: 'fault' }>,
    { head }: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<void> {
    if (scope === 'platform') throw error;
    const key = effectKey(effect);
    const { record } = tenure;
    const faults = record.effect === key ? record.faults + 1 : 1;
    tenure.record = { deaths: record.deaths, faults, effect: key };
    // Deaths are judged where the lease is taken.
    const isHeld = faults >= mostFaults && this.#isBudgeted;
    const delayMs = isHeld ? heldRetryMs : retryDelayMs(faults);
    this.#report(error, run, { effect: effect.kind, faults, delayMs });
    if (!isHeld) return this.#rest(run.id, head.version, this.#later(delayMs));
    await this.#hold(`${this.#options.phase} could not perform ${effect.kind} ${faults} times (${nameOf(error)})`, run);
  }

  /** Tries again once a minute; where the aggregate can be held, its hold shows the reason. */
  async #hold(why: string, run: Run): Promise<void> {
    const { workflow, clock } = this.#options;
    const until = this.#later(heldRetryMs);
    const command = workflow.holdFor(`${why}; it is tried again each minute`, until, clock.now());
    try {
      if (command !== null) await this.#append(run, command);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
    }
    this.#rest(run.id, run.seen, until);
  }

  /** Retried for ever and visibly: nothing of a deployment is dropped because a disk was full. */
  #faulted(run: Run, error: unknown): void {
    const result = resultOf(error);
    const isOfPlatform = result.kind === 'fault' && result.scope === 'platform';
    if (isOfPlatform) this.#platformFaults += 1;
    const delayMs = isOfPlatform ? retryDelayMs(this.#platformFaults) : longestDelayMs;
    if (isOfPlatform) this.#pausedUntilMs = this.#options.clock.elapsedMs() + delayMs;
    this.#report(error, run, { delayMs });
    this.#rest(run.id, run.seen, this.#later(delayMs));
  }

  #report(error: unknown, run: Run, details: object): void {
    const { logger, metrics, workflow } = this.#options;
    metrics.fault();
    const stream = streamName(workflow.category, run.id);
    logger.error({ err: error, stream, ...details }, 'an act met a fault and is tried again');
  }

  /** An event of its own, right behind what the run has seen, is not news to it; behind another's event it is. */
  async #append(run: Run, command: Command): Promise<Handled<State, Event>> {
    const handled = await this.#options.repository.handle(run.id, command, this.#context);
    const { version } = handled.folded.head;
    if (version - handled.events.length === run.seen) run.seen = version;
    return handled;
  }

  /** The stream at least at this version; undefined: as it is. */
  #fold(id: string, version: number | undefined): Promise<Folded<State>> {
    const { repository } = this.#options;
    return version === undefined ? repository.load(id) : repository.loadAtLeast(id, version);
  }

  /** After `idle` and `complete` there is nothing to do here: the next event that wakes this phase continues. */
  #settle(id: string, folded: Folded<State>, next: Exclude<Next, { kind: 'effect' }>, acted: boolean): void {
    if (next.kind === 'wait') return this.#sleep(id, folded.head.version, next.until, acted);
    this.#settleAs(id, folded.head.version, { kind: 'none' }, acted);
  }

  /** There is an effect to perform, but not before this time unless the stream or another one has something new. */
  #rest(id: string, version: number, wakeAt: string, awaits: readonly string[] = []): void {
    const dueMs = this.#options.clock.elapsedMs() + this.#msUntil(wakeAt);
    this.#resting.set(id, { version, wakeAt, dueMs, awaits });
    this.#sleep(id, version, wakeAt, true, awaits);
  }

  #sleep(id: string, version: number, wakeAt: string, acted: boolean, awaits: readonly string[] = []): void {
    this.#settleAs(id, version, { kind: 'sleep', wakeAt }, acted, awaits);
  }

  #settleAs(
    id: string,
    version: number,
    what: { readonly kind: 'none' } | { readonly kind: 'sleep'; readonly wakeAt: string },
    acted: boolean,
    awaits: readonly string[] = [],
  ): void {
    const { phase, workflow, onSettled } = this.#options;
    // It looks once more anyway, and what has woken it may not be in what it saw.
    if (this.#runs.get(id)?.isWoken === true) return;
    onSettled({ phase, stream: streamName(workflow.category, id), version, ...what }, acted, awaits);
  }

  async #waitUntil(until: string, run: Run, lease: HeldLease): Promise<void> {
    const { clock } = this.#options;
    run.releaseSlot();
    const ended = AbortSignal.any([lease.signal, this.#drain.signal]);
    let end = (): void => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    const cancel = clock.after(this.#msUntil(until), end);
    const unlisten = run.onWake(end);
    ended.addEventListener('abort', end, { once: true });
    if (ended.aborted) end();
    await over;
    cancel();
    unlisten();
    ended.removeEventListener('abort', end);
  }

  /** A rollback is never held by the budget, only by its own deadline. */
  get #isBudgeted(): boolean {
    return this.#options.phase !== 'rollback';
  }

  #isDetached(lease: HeldLease | null): boolean {
    return this.#drain.signal.aborted || lease?.signal.aborted === true;
  }

  #isShort(until: string): boolean {
    return this.#msUntil(until) <= shortWaitMs;
  }

  #msUntil(time: string): number {
    return Date.parse(time) - Date.parse(this.#options.clock.now());
  }

  #later(milliseconds: number): string {
    return new Date(Date.parse(this.#options.clock.now()) + milliseconds).toISOString();
  }

  get #context() {
    return { actor: { kind: 'service', name: this.#options.phase } } as const;
  }
}

function earliest(time: string, other: string | undefined): string {
  return other !== undefined && Date.parse(other) < Date.parse(time) ? other : time;
}
