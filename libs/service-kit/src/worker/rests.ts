import type { Next } from '@backstay/deployment';
import type { DomainEvent, Folded } from '@backstay/event-sourcing';
import { msUntil } from './clock-times.ts';
import type { PhaseStreams } from './phase-streams.ts';
import type { PhaseWorkerOptions } from './phase-worker-options.ts';
import type { Run } from './run.ts';

interface Rest {
  readonly version: number;
  readonly wakeAt: string;
  /** The same by the clock that only rises: an adjusted wall clock does not stretch a rest. */
  readonly dueMs: number;
  /** Streams of others that may have something new before. */
  readonly awaits: readonly string[];
}

type Options<Command, State, Event extends DomainEvent> = Pick<
  PhaseWorkerOptions<Command, State, Event>,
  'phase' | 'clock' | 'onSettled'
>;

/** When a phase has to look at its streams again; of each it keeps the effect to be tried again, and the version it was tried on. */
export class Rests<Command, State, Event extends DomainEvent> {
  readonly #options: Options<Command, State, Event>;
  readonly #streams: Pick<PhaseStreams<Command, State, Event>, 'nameOf'>;
  readonly #isWoken: (id: string) => boolean;
  readonly #rests = new Map<string, Rest>();

  /** @param isWoken whether a run of the stream looks once more anyway */
  constructor(
    options: Options<Command, State, Event>,
    streams: Pick<PhaseStreams<Command, State, Event>, 'nameOf'>,
    isWoken: (id: string) => boolean,
  ) {
    this.#options = options;
    this.#streams = streams;
    this.#isWoken = isWoken;
  }

  /** Whether this version was tried and is to be tried again later. */
  has(id: string, version: number): boolean {
    const rest = this.#rests.get(id);
    if (rest === undefined || version > rest.version || rest.dueMs <= this.#options.clock.elapsedMs()) return false;
    this.sleep(id, rest.version, rest.wakeAt, false, rest.awaits);
    return true;
  }

  /** Whether what has woken it is what it rests on: its own hold, above all. */
  isOldNews(run: Run): boolean {
    const { version } = run;
    const rest = this.#rests.get(run.id);
    if (version === undefined || rest === undefined || version > rest.version) return false;
    run.lookAnew();
    return this.has(run.id, version);
  }

  end(id: string): void {
    this.#rests.delete(id);
  }

  /** There is an effect to perform, but not before this time unless the stream or another one has something new. */
  begin(id: string, version: number, wakeAt: string, awaits: readonly string[] = []): void {
    const { clock } = this.#options;
    this.#rests.set(id, { version, wakeAt, dueMs: clock.elapsedMs() + msUntil(wakeAt, clock), awaits });
    this.sleep(id, version, wakeAt, true, awaits);
  }

  /** After `idle` and `complete` there is nothing to do here: the next event that wakes this phase continues. */
  settle(id: string, { head }: Folded<State>, next: Exclude<Next, { kind: 'effect' }>, acted: boolean): void {
    if (next.kind === 'wait') return this.sleep(id, head.version, next.until, acted);
    this.#settleAs(id, head.version, { kind: 'none' }, acted);
  }

  sleep(id: string, version: number, wakeAt: string, acted: boolean, awaits: readonly string[] = []): void {
    this.#settleAs(id, version, { kind: 'sleep', wakeAt }, acted, awaits);
  }

  #settleAs(
    id: string,
    version: number,
    what: { readonly kind: 'none' } | { readonly kind: 'sleep'; readonly wakeAt: string },
    acted: boolean,
    awaits: readonly string[] = [],
  ): void {
    const { phase, onSettled } = this.#options;
    // What has woken it may not be in what it saw.
    if (this.#isWoken(id)) return;
    onSettled({ phase, stream: this.#streams.nameOf(id), version, ...what }, acted, awaits);
  }
}
