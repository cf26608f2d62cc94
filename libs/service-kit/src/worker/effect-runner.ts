import { effectKey, type Effect, type Next } from '@backstay/deployment';
import type { DomainEvent, Folded } from '@backstay/event-sourcing';
import { inSpan, streamAttributes, type SpanOptions } from '../tracing/spans.ts';
import { msUntil } from './clock-times.ts';
import type { EffectContext } from './effect-handler.ts';
import { resultOf, type EffectResult } from './effect-result.ts';
import type { PhaseStreams } from './phase-streams.ts';
import type { PhaseWorkerOptions } from './phase-worker-options.ts';
import type { Run } from './run.ts';
import type { Tenure } from './tenure.ts';

/** Calls the handler of an effect under its lease, watches whether the effect is still wanted, and records what it reports. */
export class EffectRunner<Command, State, Event extends DomainEvent> {
  readonly #options: PhaseWorkerOptions<Command, State, Event>;
  readonly #streams: PhaseStreams<Command, State, Event>;
  readonly #drain: AbortSignal;

  /** @param drain aborted when the worker lets go of everything */
  constructor(
    options: PhaseWorkerOptions<Command, State, Event>,
    streams: PhaseStreams<Command, State, Event>,
    drain: AbortSignal,
  ) {
    this.#options = options;
    this.#streams = streams;
    this.#drain = drain;
  }

  async perform(
    { effect, reviewAt }: Extract<Next, { kind: 'effect' }>,
    folded: Folded<State>,
    run: Run,
    tenure: Tenure,
  ): Promise<EffectResult> {
    const timer = this.#options.metrics.effect(effect.kind);
    const unwanted = new AbortController();
    const unwatch = this.#watchWhether(effect, reviewAt, run, unwanted);
    let result: EffectResult;
    try {
      result = await inSpan(this.#spanOf(effect, folded, run), async () => {
        const outcome = await this.#handlerOf(effect)(effect, this.#contextOf(folded, run, tenure, unwanted.signal));
        return 'lookAgainAt' in outcome ? { kind: 'unchanged', again: outcome } : this.#record(outcome, run);
      });
    } catch (error) {
      result = resultOf(error);
    } finally {
      unwatch();
    }
    timer(result.kind);
    return result;
  }

  async #record(outcome: readonly Command[], run: Run): Promise<EffectResult> {
    const { workflow } = this.#options;
    let appended = 0;
    for (const command of outcome) appended += (await this.#streams.append(run, command)).events.length;
    if (appended === 0) return { kind: 'unchanged', again: null };
    return { kind: outcome.some((command) => workflow.isUnknown(command)) ? 'unknown' : 'outcome' };
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
        ...streamAttributes(this.#streams.nameOf(run.id)),
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

  #contextOf(folded: Folded<State>, run: Run, { lease }: Tenure, unwanted: AbortSignal): EffectContext<Command, State> {
    const { clock, host } = this.#options;
    return {
      id: run.id,
      stream: this.#streams.nameOf(run.id),
      state: folded.state,
      token: lease.token,
      host,
      unwanted,
      detach: AbortSignal.any([lease.signal, this.#drain]),
      now: () => clock.now(),
      append: async (command) => (await this.#streams.append(run, command)).folded.state,
    };
  }

  /** Asks with each wake-up, and when time alone may change the result, whether the effect in flight is still the one that is wanted. */
  #watchWhether(effect: Effect, reviewAt: string | undefined, run: Run, unwanted: AbortController): () => void {
    const { phase, workflow, clock, logger } = this.#options;
    const review = async () => {
      const { state } = await this.#streams.fold(run.id, run.takeVersion());
      const next = workflow.next(phase, state, clock.now());
      if (next.kind !== 'effect' || effectKey(next.effect) !== effectKey(effect)) unwanted.abort();
    };
    const look = () =>
      void review().catch((error: unknown) =>
        logger.warn({ err: error, id: run.id }, 'could not look whether the effect is still wanted'),
      );
    const cancel = reviewAt === undefined ? () => {} : clock.after(msUntil(reviewAt, clock), look);
    const unlisten = run.onWake(look);
    return () => {
      cancel();
      unlisten();
    };
  }
}
