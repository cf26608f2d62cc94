import { setMaxListeners } from 'node:events';
import { effectKey, type Effect, type Next } from '@backstay/deployment';
import type { DomainEvent, Folded } from '@backstay/event-sourcing';
import { cleanRecord, workLease } from '@backstay/postgres';
import { outsideSpans } from '../tracing/spans.ts';
import { earliest, later } from './clock-times.ts';
import { resultOf, type EffectResult } from './effect-result.ts';
import { EffectRunner } from './effect-runner.ts';
import { Faults } from './faults.ts';
import { Pause } from './pause.ts';
import { PhaseStreams } from './phase-streams.ts';
import type { PhaseWorkerOptions } from './phase-worker-options.ts';
import { Rests } from './rests.ts';
import { Run } from './run.ts';
import { isShortWait, waitShortly } from './short-wait.ts';
import { Tenure } from './tenure.ts';

/** An effect that changed nothing is tried again after this long, unless it says otherwise. */
const unchangedMs = 2_000;

/**
 * One phase over one kind of aggregate: fold, `next`, lease, intent, effect, outcome, and again until `next` says otherwise.
 * Whatever woke it, only the stream decides what is done; a crash at any point looks like a late wake-up.
 */
export class PhaseWorker<Command, State, Event extends DomainEvent> {
  readonly #options: PhaseWorkerOptions<Command, State, Event>;
  readonly #runs = new Map<string, Run>();
  readonly #running = new Set<Promise<void>>();
  readonly #drain = new AbortController();
  readonly #streams: PhaseStreams<Command, State, Event>;
  readonly #rests: Rests<Command, State, Event>;
  readonly #pause: Pause;
  readonly #faults: Faults<Command, State, Event>;
  readonly #effects: EffectRunner<Command, State, Event>;

  constructor(options: PhaseWorkerOptions<Command, State, Event>) {
    this.#options = options;
    // Everything that runs listens to it.
    setMaxListeners(0, this.#drain.signal);
    this.#streams = new PhaseStreams(options);
    this.#rests = new Rests(options, this.#streams, (id) => this.#runs.get(id)?.isWoken === true);
    this.#pause = new Pause(options.clock);
    this.#faults = new Faults(options, { streams: this.#streams, rests: this.#rests, pause: this.#pause });
    this.#effects = new EffectRunner(options, this.#streams, this.#drain.signal);
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
    if (this.#pause.leftMs > 0) return this.#sleepThroughPause(id, version);
    const begun = new Run(id, version);
    this.#runs.set(id, begun);
    const running = this.#run(begun)
      .catch((error: unknown) => this.#faults.report(error, begun, {}))
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
    if (next.kind === 'effect') return this.#rests.has(id, version);
    slots.giveUp(this.#slotKey(id));
    this.#rests.end(id);
    this.#rests.settle(id, folded, next, false);
    return true;
  }

  /** Whether this process is at work on the stream, or waits for a slot to be. */
  isBusyWith(id: string): boolean {
    return this.#runs.has(id) || this.#options.slots.isWaiting(this.#slotKey(id));
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
        await this.#pass(run).catch((error: unknown) => this.#faults.ofRun(run, error));
      } while (run.isWoken && !this.#drain.signal.aborted && !this.#isPaused(run) && !this.#rests.isOldNews(run));
    } finally {
      run.releaseSlot();
      if (!run.isQueued) slots.giveUp(this.#slotKey(run.id));
      this.#runs.delete(run.id);
    }
  }

  /** Whether a wake-up that came during the pass waits until the pause of all is over. */
  #isPaused(run: Run): boolean {
    if (this.#pause.leftMs <= 0) return false;
    this.#sleepThroughPause(run.id, run.lookAnew());
    return true;
  }

  #sleepThroughPause(id: string, version: number | undefined): void {
    this.#rests.sleep(id, version ?? 0, later(this.#pause.leftMs, this.#options.clock), false);
  }

  /** From one look at the stream until there is nothing more to do now, under at most one lease. */
  async #pass(run: Run): Promise<void> {
    const tenure = new Tenure();
    this.#rests.end(run.id);
    run.seen = this.#options.repository.peek(run.id)?.head.version ?? 0;
    try {
      await outsideSpans(() => this.#act(run, tenure));
    } finally {
      run.releaseSlot();
      await tenure.release();
    }
  }

  async #act(run: Run, tenure: Tenure): Promise<void> {
    const { phase, workflow, clock } = this.#options;
    for (let folded = await this.#streams.fold(run.id, run.lookAnew()); ;) {
      // Released work is due at once, for the next holder.
      if (this.#isDetached(tenure)) return;
      run.seen = folded.head.version;
      const next = workflow.next(phase, folded.state, clock.now());
      if (next.kind === 'wait' && tenure.isHeld && isShortWait(next.until, clock)) {
        await waitShortly(next.until, run, clock, AbortSignal.any([tenure.lease.signal, this.#drain.signal]));
        folded = await this.#streams.fold(run.id, run.lookAnew());
      } else if (next.kind !== 'effect') {
        return this.#rests.settle(run.id, folded, next, tenure.isHeld);
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
    if (!tenure.isHeld) return this.#takeLease(folded, run, tenure);
    const key = effectKey(effect);
    if (tenure.intended === key) return this.#perform(next, folded, run, tenure);
    tenure.intended = key;
    const intent = workflow.intent(effect, clock.now(), tenure.lease.token, host);
    if (intent === null) return this.#perform(next, folded, run, tenure);
    try {
      return (await this.#streams.append(run, intent)).folded;
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
    return `${this.#options.phase} ${this.#streams.nameOf(id)}`;
  }

  /** The state of the stream, read under the lease; null while another process holds the lease. */
  async #takeLease(folded: Folded<State>, run: Run, tenure: Tenure): Promise<Folded<State> | null> {
    const { phase, workflow, repository, leases } = this.#options;
    const name = workLease(phase, this.#streams.nameOf(run.id));
    const lease = await leases.take({ name, atLeastToken: workflow.highestToken(phase, folded.state) });
    if (lease === null) return null;
    tenure.begin(lease);
    if (await this.#faults.isPostponed(run, tenure)) return null;
    // Events of an earlier holder of the lease are read here; this process's own events and those of the subscription are in the kept state.
    return lease.isContinued === true ? folded : repository.load(run.id);
  }

  async #perform(
    next: Extract<Next, { kind: 'effect' }>,
    folded: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<Folded<State> | null> {
    const { repository, clock } = this.#options;
    const result = await this.#effects.perform(next, folded, run, tenure);
    tenure.intended = null;
    if (result.kind === 'rejection' || result.kind === 'fault')
      return this.#afterRefusal(result, next.effect, folded, run, tenure);
    const after = repository.peek(run.id) ?? (await repository.load(run.id));
    if (after.head.version > folded.head.version) {
      this.#pause.endRow();
      tenure.record = cleanRecord;
      return after;
    }
    // Due at once, for whoever comes next; under a lease that stands somebody else has taken over what runs.
    if (result.kind === 'detached' && this.#isDetached(tenure)) return null;
    const again = result.kind === 'unchanged' ? result.again : null;
    const { lookAgainAt, awaits } = again ?? { lookAgainAt: later(unchangedMs, clock) };
    this.#rests.begin(run.id, after.head.version, earliest(lookAgainAt, next.reviewAt), awaits);
    return null;
  }

  /** After a rejection the stream is folded and asked again; a fault is retried later. */
  async #afterRefusal(
    result: EffectResult,
    effect: Effect,
    before: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<Folded<State> | null> {
    const { repository, logger, clock } = this.#options;
    if (result.kind === 'rejection') {
      const { code, message } = result.rejection;
      logger.info({ stream: this.#streams.nameOf(run.id), effect: effect.kind, code }, message);
      tenure.intended = null;
      const after = await repository.load(run.id);
      if (after.head.version > before.head.version) return after;
      this.#rests.begin(run.id, after.head.version, later(unchangedMs, clock));
      return null;
    }
    if (result.kind === 'fault') await this.#faults.ofEffect(effect, result, before.head.version, run, tenure);
    return null;
  }

  #isDetached(tenure: Tenure): boolean {
    return this.#drain.signal.aborted || tenure.isLost;
  }
}
