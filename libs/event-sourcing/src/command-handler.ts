import type { Decider } from './decider.ts';
import type { CommandMetadata, Fact, RecordedEvent } from './event.ts';
import { VersionConflict, type EventStore } from './event-store.ts';
import { emptyHead, seal, type Digest, type Head } from './hash-chain.ts';

/** A stream folded so far; hand it back to read only what is newer. */
export interface Folded<State> {
  readonly state: State;
  readonly head: Head;
  /** Id of the last event; the natural causation of the next command. */
  readonly lastEventId: string | null;
}

export interface CommandHandlerPorts {
  readonly store: EventStore;
  readonly ids: () => string;
  readonly digest: Digest;
  /** Attempts when another writer was faster; default 16. The last conflict is thrown. */
  readonly maxAttempts?: number;
}

export interface Handled<State, Event extends Fact> {
  readonly folded: Folded<State>;
  readonly events: readonly Event[];
}

/** Reads, decides, seals and appends; a version conflict means: fold again and decide again. */
export class CommandHandler<Command, State, Event extends Fact> {
  readonly #decider: Decider<Command, State, Event>;
  readonly #ports: CommandHandlerPorts;

  constructor(decider: Decider<Command, State, Event>, ports: CommandHandlerPorts) {
    this.#decider = decider;
    this.#ports = ports;
  }

  get unread(): Folded<State> {
    return { state: this.#decider.initialState, head: emptyHead, lastEventId: null };
  }

  /** Folds what is newer than `known`. */
  async fold(stream: string, known: Folded<State> = this.unread): Promise<Folded<State>> {
    const newer = await this.#ports.store.read<Event>(stream, { from: known.head.version + 1 });
    return newer.reduce((folded, event) => this.#evolve(folded, event), known);
  }

  /**
   * @param metadata causation null means: caused by the last event of the stream as it was decided on.
   * @throws {Rejection} from the decider. @throws {VersionConflict} when every attempt lost.
   */
  async handle(
    stream: string,
    command: Command,
    metadata: CommandMetadata,
    known?: Folded<State>,
  ): Promise<Handled<State, Event>> {
    let folded = await this.fold(stream, known);
    for (let attempt = 1; ; attempt += 1) {
      const facts = this.#decider.decide(command, folded.state);
      if (facts.length === 0) return { folded, events: [] };
      try {
        return await this.#append(stream, folded, facts, metadata);
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt >= (this.#ports.maxAttempts ?? 16)) throw error;
        folded = await this.fold(stream, folded);
      }
    }
  }

  async #append(
    stream: string,
    folded: Folded<State>,
    facts: readonly Event[],
    metadata: CommandMetadata,
  ): Promise<Handled<State, Event>> {
    const caused = { ...metadata, causation: metadata.causation ?? folded.lastEventId };
    const events = seal(stream, folded.head, facts, caused, this.#ports.ids, this.#ports.digest);
    const { commandId } = metadata;
    const appended = await this.#ports.store.append({
      stream,
      expectedVersion: folded.head.version,
      commandId,
      events,
    });
    if (appended.duplicate) return { folded: await this.fold(stream, folded), events: [] };
    const next = events.reduce((so, event) => this.#evolve(so, event as unknown as RecordedEvent<Event>), folded);
    return { folded: next, events: facts };
  }

  #evolve(folded: Folded<State>, event: RecordedEvent<Event>): Folded<State> {
    return {
      state: this.#decider.evolve(folded.state, event as unknown as Event),
      head: { version: event.version, hash: event.hash },
      lastEventId: event.id,
    };
  }
}
