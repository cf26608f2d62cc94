import type { Phase } from '@backstay/deployment';
import { CommandHandler, type CommandMetadata, type Decider, type Fact, type Folded } from '@backstay/event-sourcing';
import type { Platform } from '../platform.ts';
import { childOf } from '../traceparent.ts';
import { splitStream } from './streams.ts';
import { knowingAll } from './unknown-fact.ts';

const mostStreamsKept = 500;

export interface HandOptions<Command, State, Event extends Fact> {
  readonly phase: Phase;
  readonly platform: Platform;
  readonly decider: Decider<Command, State, Event>;
  /** Tells the other phases, best effort, what was appended. */
  readonly announce: (stream: string, events: readonly Fact[]) => void;
}

/** A phase's hand in its streams: folds what is newer than it remembers, and appends under the phase's name in the request's trace. */
export class Hand<Command, State, Event extends Fact> {
  readonly #options: HandOptions<Command, State, Event>;
  readonly #handler: CommandHandler<Command, State, Event>;
  readonly #folds = new Map<string, Folded<State>>();
  readonly #traces = new Map<string, string>();

  constructor(options: HandOptions<Command, State, Event>) {
    this.#options = options;
    const { store, ids, digest } = options.platform;
    this.#handler = new CommandHandler(knowingAll(options.decider), { store, ids, digest });
  }

  async fold(stream: string): Promise<Folded<State>> {
    return this.#remember(stream, await this.#handler.fold(stream, this.#folds.get(stream)));
  }

  /** The state that follows. @throws {Rejection} from the decider */
  async handle(stream: string, command: Command): Promise<Folded<State>> {
    const metadata = await this.#metadata(stream);
    const { folded, events } = await this.#handler.handle(stream, command, metadata, this.#folds.get(stream));
    if (events.length > 0) this.#options.announce(stream, events);
    return this.#remember(stream, folded);
  }

  known(stream: string): Folded<State> | undefined {
    return this.#folds.get(stream);
  }

  forget(stream: string): void {
    this.#folds.delete(stream);
    this.#traces.delete(stream);
  }

  // A newer fold is never replaced by an older one: two readers of one stream may finish in any order.
  #remember(stream: string, folded: Folded<State>): Folded<State> {
    const kept = this.#folds.get(stream);
    if (kept !== undefined && kept.head.version > folded.head.version) return folded;
    this.#folds.delete(stream);
    this.#folds.set(stream, folded);
    const [oldest] = this.#folds.keys();
    if (this.#folds.size > mostStreamsKept && oldest !== undefined) this.forget(oldest);
    return folded;
  }

  async #metadata(stream: string): Promise<CommandMetadata> {
    const { phase, platform } = this.#options;
    return {
      commandId: platform.ids(),
      time: platform.now(),
      actor: { kind: 'service', name: phase },
      correlation: splitStream(stream).id,
      causation: null,
      traceparent: childOf(await this.#traceOf(stream)),
    };
  }

  async #traceOf(stream: string): Promise<string | undefined> {
    const known = this.#traces.get(stream);
    if (known !== undefined) return known;
    const [first] = await this.#options.platform.store.read(stream, { to: 1 });
    if (first?.traceparent !== undefined) this.#traces.set(stream, first.traceparent);
    return first?.traceparent;
  }
}
