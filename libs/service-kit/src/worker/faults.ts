import { effectKey, type Effect } from '@backstay/deployment';
import { Rejection, type DomainEvent } from '@backstay/event-sourcing';
import { later } from './clock-times.ts';
import {
  heldRetryMs,
  longestDelayMs,
  mostDeaths,
  mostFaults,
  resultOf,
  retryDelayMs,
  type EffectResult,
} from './effect-result.ts';
import type { Pause } from './pause.ts';
import type { PhaseStreams } from './phase-streams.ts';
import type { PhaseWorkerOptions } from './phase-worker-options.ts';
import type { Rests } from './rests.ts';
import type { Run } from './run.ts';
import type { Tenure } from './tenure.ts';

/** In the place of an effect's key: the work was put off and is tried at the next opportunity. */
const postponed = 'postponed';

/** Parts of a worker that decide when what met a fault is tried again. */
interface Parts<Command, State, Event extends DomainEvent> {
  readonly streams: PhaseStreams<Command, State, Event>;
  readonly rests: Rests<Command, State, Event>;
  readonly pause: Pause;
}

/** What becomes of faults: each is visible and tried again, and those of one effect, or lost holders of its lease, are counted. */
export class Faults<Command, State, Event extends DomainEvent> {
  readonly #options: PhaseWorkerOptions<Command, State, Event>;
  readonly #parts: Parts<Command, State, Event>;

  constructor(options: PhaseWorkerOptions<Command, State, Event>, parts: Parts<Command, State, Event>) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Work whose holders are lost again and again may be what ends them: it is tried once a minute. */
  async isPostponed(run: Run, tenure: Tenure): Promise<boolean> {
    const { deaths, faults, effect } = tenure.record;
    if (deaths < mostDeaths || !this.#isBudgeted || effect === postponed) return false;
    tenure.record = { deaths, faults, effect: postponed };
    this.report(new Error(`${deaths} holders were lost soon after they took it up`), run, { delayMs: heldRetryMs });
    await this.#hold(`the process was lost ${deaths} times soon after it had taken up the work`, run);
    return true;
  }

  /**
   * Counts a fault against its effect; one of the platform counts against nobody and is thrown on.
   * @param version of the stream that the effect was tried on
   */
  async ofEffect(
    effect: Effect,
    { error, scope }: Extract<EffectResult, { kind: 'fault' }>,
    version: number,
    run: Run,
    tenure: Tenure,
  ): Promise<void> {
    if (scope === 'platform') throw error;
    const { phase, clock } = this.#options;
    const key = effectKey(effect);
    const { record } = tenure;
    const faults = record.effect === key ? record.faults + 1 : 1;
    tenure.record = { deaths: record.deaths, faults, effect: key };
    // Deaths are judged where the lease is taken.
    const isHeld = faults >= mostFaults && this.#isBudgeted;
    const delayMs = isHeld ? heldRetryMs : retryDelayMs(faults);
    this.report(error, run, { effect: effect.kind, faults, delayMs });
    if (!isHeld) return this.#parts.rests.begin(run.id, version, later(delayMs, clock));
    await this.#hold(`${phase} could not perform ${effect.kind} ${faults} times (${nameOf(error)})`, run);
  }

  /** Retried for ever and visibly: nothing of a deployment is dropped because a disk was full. */
  ofRun(run: Run, error: unknown): void {
    const { rests, pause } = this.#parts;
    const result = resultOf(error);
    const isOfPlatform = result.kind === 'fault' && result.scope === 'platform';
    const delayMs = isOfPlatform ? pause.begin() : longestDelayMs;
    this.report(error, run, { delayMs });
    rests.begin(run.id, run.seen, later(delayMs, this.#options.clock));
  }

  report(error: unknown, run: Run, details: object): void {
    const { logger, metrics } = this.#options;
    metrics.fault();
    const stream = this.#parts.streams.nameOf(run.id);
    logger.error({ err: error, stream, ...details }, 'an act met a fault and is tried again');
  }

  /** Tries again once a minute; where the aggregate can be held, its hold shows the reason. */
  async #hold(why: string, run: Run): Promise<void> {
    const { workflow, clock } = this.#options;
    const { streams, rests } = this.#parts;
    const until = later(heldRetryMs, clock);
    const command = workflow.holdFor(`${why}; it is tried again each minute`, until, clock.now());
    try {
      if (command !== null) await streams.append(run, command);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
    }
    rests.begin(run.id, run.seen, until);
  }

  /** A rollback is never held by the budget, only by its own deadline. */
  get #isBudgeted(): boolean {
    return this.#options.phase !== 'rollback';
  }
}

/** What of an error may be shown to everybody: its code or its class, never its words, which may hold anything. */
function nameOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    name?: unknown;
  };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'an unknown fault';
}
