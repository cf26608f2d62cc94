import { Rejection, type Decider } from './decider.ts';
import type { Actor, CommandMetadata, DomainEvent, RecordedEvent, SealedEvent } from './event.ts';
import { VersionConflict, type EventStore } from './event-store.ts';
import { emptyHead, seal, type Digest, type Head } from './hash-chain.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { parseStreamName, streamName, type StreamName } from './stream-name.ts';

/** A decider with the streams that it is folded from. */
export interface Aggregate<Command, State, Event extends DomainEvent> {
  /** First part of its streams' names. */
  readonly category: string;
  readonly decider: Decider<Command, State, Event>;
  /** Whether this version understands an event of this type. */
  readonly knows: (type: string) => boolean;
  /** Keeps the state every so many versions. `shape` names the form of the state: snapshots of another one are dropped. */
  readonly snapshots?: { readonly shape: string; readonly every: number };
}

/** A stream folded so far. */
export interface Folded<State> {
  readonly state: State;
  readonly head: Head;
  /** Id of the last event; the natural causation of the next command. */
  readonly lastEventId: string | null;
  /** Trace of the stream's first event, which all that follows belongs to. */
  readonly traceparent?: string;
  /** Trace context of the last event, which causes whatever is done next. */
  readonly lastTraceparent?: string;
}

/** What a trace shows of an append. */
export interface TracedAppend {
  readonly stream: StreamName;
  readonly types: readonly string[];
  /** W3C trace context of the command, else of the stream. */
  readonly parent: string | undefined;
}

/** Runs an append as a span of a trace; the callback receives the trace context of that span, which its events record. */
export type TraceAppend = <T>(
  append: TracedAppend,
  work: (traceparent: string | undefined) => Promise<T>,
) => Promise<T>;

/** The metadata of a command; everything but the actor has a default. */
export interface CommandContext {
  readonly actor: Actor;
  /** The same id on the same stream appends once; default a new one. */
  readonly commandId?: string;
  /** ISO 8601 in UTC; default now. */
  readonly time?: string;
  /** Default the aggregate's id. */
  readonly correlation?: string;
  /** Default, and null: the last event of the stream as it was decided on. */
  readonly causation?: string | null;
  /** The trace that the command belongs to; default the stream's own. */
  readonly traceparent?: string;
}

export interface Handled<State, Event extends DomainEvent> {
  readonly folded: Folded<State>;
  /** What was appended; empty: it is already so. */
  readonly events: readonly Event[];
}

/** Events that were just appended, with the states before and after them. */
export interface AppendedEvents<State = unknown> {
  readonly stream: StreamName;
  readonly events: readonly SealedEvent[];
  readonly before: State;
  readonly after: State;
}

export interface RepositoryPorts {
  readonly store: Pick<EventStore, 'append' | 'read' | 'sortKey'>;
  readonly ids: () => string;
  readonly digest: Digest;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** Default: no spans, and events record the trace context that their command or stream has. */
  readonly traceAppend?: TraceAppend;
  readonly snapshots?: SnapshotStore;
  /** Hears of every append through this repository, after its commit. */
  readonly onAppended?: (appended: AppendedEvents) => void;
  /** Attempts when another writer was faster; default 16. The last conflict is thrown. */
  readonly maxAttempts?: number;
  /** Streams whose fold is kept; default 1000. The one that was not used for longest is dropped first. */
  readonly cachedStreams?: number;
  /** `skip` ignores events of types that this version does not know: for commands that stop a deployment, never for those that continue it. */
  readonly unknownEvents?: 'refuse' | 'skip';
}

/** A stream holds what a newer version wrote. Nobody acts on what they do not understand. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';

  constructor({ type }: Pick<RecordedEvent, 'type'>) {
    super(
      `${type} is an event that this version does not know, so it does not act on this stream; run the version that wrote it`,
    );
  }
}

const untraced: TraceAppend = ({ parent }, work) => work(parent);

/** So many commands of one stream wait to be handled, at most. */
const mostWaiting = 1_000;

/** More commands of one stream wait than may: the caller learns it at once, so that it can slow down. */
export class CommandQueueFull extends Error {
  override readonly name = 'CommandQueueFull';

  constructor(stream: StreamName, limit: number) {
    super(`${limit} commands wait to be handled on ${stream}`);
  }
}

/**
 * The aggregates of one category: loads and keeps folds, decides, seals and appends. A command is decided on the fold in memory
 * and appended at its version first; only a conflict, a rejection or an empty decision makes it read what is newer.
 */
export class AggregateRepository<Command, State, Event extends DomainEvent> {
  readonly #aggregate: Aggregate<Command, State, Event>;
  readonly #ports: RepositoryPorts;
  readonly #folds = new Map<string, Folded<State>>();
  readonly #snapshotVersions = new Map<string, number>();
  /** The last command of each stream that is being handled here, and how many wait for it. */
  readonly #handling = new Map<string, { last: Promise<unknown>; waiting: number }>();

  constructor(aggregate: Aggregate<Command, State, Event>, ports: RepositoryPorts) {
    this.#aggregate = aggregate;
    this.#ports = ports;
  }

  get category(): string {
    return this.#aggregate.category;
  }

  /** The current state: reads the events that are newer than the kept state. @throws {UnknownEvent} */
  async load(id: string): Promise<Folded<State>> {
    const stream = this.#stream(id);
    const known = this.#folds.get(stream);
    return this.#keep(
      stream,
      known === undefined ? await this.#loadAnew(stream) : await this.#readNewer(stream, known),
    );
  }

  /** The kept state if it has this version, else the current state. @throws {UnknownEvent} */
  async loadAtLeast(id: string, version: number): Promise<Folded<State>> {
    const known = this.#folds.get(this.#stream(id));
    return known !== undefined && known.head.version >= version ? known : this.load(id);
  }

  /** What is recorded from a version on, for who needs more than the state. @throws {UnknownEvent} */
  async events(id: string, from = 1): Promise<readonly RecordedEvent<Event>[]> {
    const events = await this.#ports.store.read<Event>(this.#stream(id), { from });
    for (const event of events) this.#demandKnown(event);
    return events;
  }

  /** Where a stream begins in the order of all events, as text that sorts as they do. @throws {Error} when there is no such stream */
  async beginningOf(id: string): Promise<string> {
    const { store } = this.#ports;
    const [first] = await store.read(this.#stream(id), { from: 1, to: 1 });
    if (first === undefined) throw new Error(`there is no stream ${this.#stream(id)}`);
    return store.sortKey(first.cursor);
  }

  /** The kept state, without reading. */
  peek(id: string): Folded<State> | undefined {
    return this.#folds.get(this.#stream(id));
  }

  forget(id: string): void {
    this.#drop(this.#stream(id));
  }

  /** Folds events of a subscription into the kept states, or into a new one when a stream begins. */
  absorb(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      const known = this.#folds.get(event.stream) ?? this.#beginning(event);
      if (known?.head.version !== event.version - 1) continue;
      try {
        this.#keep(event.stream, this.#evolve(known, event as RecordedEvent<Event>));
      } catch {
        // The next load of the stream throws the error.
        this.#drop(event.stream);
      }
    }
  }

  /**
   * One command of a stream after the other: only another process can be faster.
   * @throws {Rejection} from the decider. @throws {VersionConflict} when every attempt lost. @throws {UnknownEvent}
   * @throws {CommandQueueFull}
   */
  async handle(id: string, command: Command, context: CommandContext): Promise<Handled<State, Event>> {
    const stream = this.#stream(id);
    const queue = this.#handling.get(stream) ?? { last: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= mostWaiting) throw new CommandQueueFull(stream, mostWaiting);
    queue.waiting += 1;
    const handled = queue.last.then(() => {
      queue.waiting -= 1;
      return this.#handle(id, stream, command, context);
    });
    const last = handled
      .catch(() => undefined)
      .then(() => {
        if (queue.last === last) this.#handling.delete(stream);
      });
    queue.last = last;
    this.#handling.set(stream, queue);
    return handled;
  }

  async #handle(
    id: string,
    stream: StreamName,
    command: Command,
    context: CommandContext,
  ): Promise<Handled<State, Event>> {
    const known = this.#folds.get(stream);
    let present = known === undefined;
    let folded = known ?? (await this.load(id));
    for (let attempt = 1; ;) {
      const events = this.#decide(command, folded.state, present);
      if (events === 'perhaps-stale' || (events.length === 0 && !present)) {
        [folded, present] = [await this.load(id), true];
        continue;
      }
      if (events.length === 0) return { folded, events };
      try {
        return await this.#append(stream, folded, events, context);
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt >= (this.#ports.maxAttempts ?? 16)) throw error;
        attempt += 1;
        [folded, present] = [await this.load(id), true];
      }
    }
  }

  /** What is rejected on an old fold may be accepted on the present state. */
  #decide(command: Command, state: State, present: boolean): readonly Event[] | 'perhaps-stale' {
    try {
      return this.#aggregate.decider.decide(command, state);
    } catch (error) {
      if (present || !(error instanceof Rejection)) throw error;
      return 'perhaps-stale';
    }
  }

  #append(
    stream: StreamName,
    folded: Folded<State>,
    decided: readonly Event[],
    context: CommandContext,
  ): Promise<Handled<State, Event>> {
    const { traceAppend = untraced } = this.#ports;
    const types = decided.map(({ type }) => type);
    const parent = context.traceparent ?? folded.traceparent;
    return traceAppend({ stream, types, parent }, (traceparent) =>
      this.#write(stream, folded, decided, this.#metadata(stream, folded, context, traceparent)),
    );
  }

  async #write(
    stream: StreamName,
    folded: Folded<State>,
    decided: readonly Event[],
    metadata: CommandMetadata,
  ): Promise<Handled<State, Event>> {
    const { store, ids, digest, onAppended } = this.#ports;
    const events = seal(stream, folded.head, decided, metadata, ids, digest);
    const { commandId } = metadata;
    const appended = await store.append({ stream, expectedVersion: folded.head.version, commandId, events });
    if (appended.duplicate) return { folded: await this.load(parseStreamName(stream).id), events: [] };
    const next = events.reduce(
      (before, event) => this.#evolve(before, event as unknown as RecordedEvent<Event>),
      folded,
    );
    this.#keep(stream, next);
    this.#saveSnapshot(stream, next);
    onAppended?.({ stream, events, before: folded.state, after: next.state });
    return { folded: next, events: decided };
  }

  #metadata(
    stream: StreamName,
    folded: Folded<State>,
    context: CommandContext,
    traceparent: string | undefined,
  ): CommandMetadata {
    const { ids, now } = this.#ports;
    return {
      commandId: context.commandId ?? ids(),
      time: context.time ?? now(),
      actor: context.actor,
      correlation: context.correlation ?? parseStreamName(stream).id,
      causation: context.causation ?? folded.lastEventId,
      ...(traceparent !== undefined && { traceparent }),
    };
  }

  async #loadAnew(stream: StreamName): Promise<Folded<State>> {
    return (await this.#loadSnapshot(stream)) ?? this.#readNewer(stream, this.#nothing);
  }

  get #nothing(): Folded<State> {
    return { state: this.#aggregate.decider.initialState, head: emptyHead, lastEventId: null };
  }

  #beginning({ stream, version }: RecordedEvent): Folded<State> | undefined {
    return version === 1 && parseStreamName(stream).category === this.category ? this.#nothing : undefined;
  }

  async #readNewer(stream: StreamName, known: Folded<State>): Promise<Folded<State>> {
    const newer = await this.#ports.store.read<Event>(stream, { from: known.head.version + 1 });
    return newer.reduce((folded, event) => this.#evolve(folded, event), known);
  }

  #evolve(folded: Folded<State>, event: RecordedEvent<Event>): Folded<State> {
    this.#demandKnown(event);
    const traceparent = folded.traceparent ?? event.traceparent;
    return {
      state: this.#aggregate.decider.evolve(folded.state, event as unknown as Event),
      head: { version: event.version, hash: event.hash },
      lastEventId: event.id,
      ...(traceparent !== undefined && { traceparent }),
      ...(event.traceparent !== undefined && { lastTraceparent: event.traceparent }),
    };
  }

  #demandKnown(event: Pick<RecordedEvent, 'type'>): void {
    if (!this.#aggregate.knows(event.type) && this.#ports.unknownEvents !== 'skip') throw new UnknownEvent(event);
  }

  // A newer fold is never replaced by an older one: two readers of one stream may finish in any order.
  #keep(stream: string, folded: Folded<State>): Folded<State> {
    const kept = this.#folds.get(stream);
    if (kept !== undefined && kept.head.version > folded.head.version) return kept;
    this.#folds.delete(stream);
    this.#folds.set(stream, folded);
    const [oldest] = this.#folds.keys();
    if (this.#folds.size > (this.#ports.cachedStreams ?? 1000) && oldest !== undefined) this.#drop(oldest);
    return folded;
  }

  #drop(stream: string): void {
    this.#folds.delete(stream);
    this.#snapshotVersions.delete(stream);
  }

  /** The state of a snapshot with newer events folded in; null if no snapshot matches the stream. */
  async #loadSnapshot(stream: StreamName): Promise<Folded<State> | null> {
    const { snapshots: kept } = this.#aggregate;
    if (kept === undefined || this.#ports.snapshots === undefined) return null;
    // It only saves reading: one that cannot be loaded is done without.
    const snapshot = await this.#ports.snapshots.load(stream).catch(() => null);
    if (snapshot?.shape !== kept.shape) return null;
    const [at, ...newer] = await this.#ports.store.read<Event>(stream, { from: snapshot.version });
    if (at?.version !== snapshot.version || at.hash !== snapshot.hash) return null;
    this.#snapshotVersions.set(stream, snapshot.version);
    const { version, hash, state, traceparent } = snapshot;
    const folded: Folded<State> = {
      state: state as State,
      head: { version, hash },
      lastEventId: at.id,
      ...(traceparent !== undefined && { traceparent }),
      ...(at.traceparent !== undefined && { lastTraceparent: at.traceparent }),
    };
    return newer.reduce((before, event) => this.#evolve(before, event), folded);
  }

  /** A snapshot only saves reading: one that cannot be kept is done without. */
  #saveSnapshot(stream: StreamName, { state, head, traceparent }: Folded<State>): void {
    const { snapshots: kept } = this.#aggregate;
    const { snapshots } = this.#ports;
    if (kept === undefined || snapshots === undefined) return;
    if (head.version - (this.#snapshotVersions.get(stream) ?? 0) < kept.every) return;
    this.#snapshotVersions.set(stream, head.version);
    snapshots.save(stream, { ...head, shape: kept.shape, state, ...(traceparent !== undefined && { traceparent }) });
  }

  #stream(id: string): StreamName {
    return streamName(this.#aggregate.category, id);
  }
}
