import type { WakeUp } from '@backstay/deployment';
import { parseStreamName, type Cursor, type RecordedEvent, type SubscribeOptions } from '@backstay/event-sourcing';
import { isTransient, type PendingChange } from '@backstay/postgres';
import type { Logger } from 'pino';
import { msUntil } from './clock-times.ts';
import type { Clock, HolderPort, PendingWorkPort } from './ports.ts';
import { PendingEntries } from './pending-entries.ts';

/** Between two looks at the table, and between two writes. */
const lookEveryMs = 1_000;
const mostDue = 100;
const pageSize = 1_000;
/** What ends sooner is waited for with a timer of this process; the rest is found in the table. */
const ownTimersMs = 60_000;

/** `version`: of the stream that is woken, at which there is something new; 0: another stream's event caused it. */
export interface VersionedWakeUp extends WakeUp {
  readonly version: number;
}

interface FoundWakeUp {
  readonly wakeUp: VersionedWakeUp;
  /** Of the event that it follows from. */
  readonly cursor: Cursor;
}

/** Who is woken. */
export interface Wakeable {
  readonly phase: string;
  readonly category: string;
  wake(id: string, version?: number): void;
  /** Whether nothing is to be done now at this version, as far as is known without reading. */
  settles(id: string, version: number | undefined): boolean;
  /** Whether it is at work on the stream, or about to be: then a look at the table says nothing new. */
  isBusyWith(id: string): boolean;
}

export interface PendingWorkFollowerOptions {
  readonly pending: PendingWorkPort;
  readonly readAll: (after: Cursor | null, limit: number) => Promise<readonly RecordedEvent[]>;
  readonly compareCursors: (one: Cursor, other: Cursor) => number;
  readonly subscribe: (options: SubscribeOptions) => AsyncIterable<readonly RecordedEvent[]>;
  /** Folds events into the kept states, before these events wake a phase. */
  readonly absorb: (events: readonly RecordedEvent[]) => void;
  /** Whom an event concerns. */
  readonly wakeUpsOf: (event: RecordedEvent) => Promise<readonly VersionedWakeUp[]>;
  readonly holder: HolderPort;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  /** Hears how much work was due at each look. */
  readonly onLook?: (due: number) => void;
}

/**
 * The durable wake path: follows the store's subscription, wakes the workers of this process, and keeps the table of pending
 * work, so that whatever is forgotten by a process, a bus or a whole machine is found again. One for all phases of a process.
 */
export class PendingWorkFollower {
  readonly #options: PendingWorkFollowerOptions;
  readonly #workers = new Map<string, Wakeable>();
  readonly #entries = new PendingEntries();
  readonly #timers = new Map<string, () => void>();
  readonly #stop = new AbortController();
  #position: Cursor | null = null;
  #shared: ReadonlyMap<string, Cursor> = new Map();
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: PendingWorkFollowerOptions) {
    this.#options = options;
  }

  /** Before `start`: the phases of this process. */
  register(worker: Wakeable): void {
    this.#workers.set(keyOf(worker.phase, worker.category), worker);
  }

  /** Resolves when everything that was recorded before is taken into account. */
  async start(): Promise<void> {
    await this.#catchUpAtLast();
    const loops = [this.#follow(), this.#lookAndWrite()].map((loop) =>
      loop.catch((error: unknown) => this.#warn(error, 'pending work is no longer followed')),
    );
    this.#done = Promise.allSettled(loops);
  }

  /** Writes down what is not yet, so that others find it at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#done;
    await this.#write(true).catch((error: unknown) =>
      this.#warn(error, 'pending work could not be written at the end'),
    );
  }

  /** Wakes a phase of this process: either wake path leads here. A phase or stream that is not known here is passed over. */
  wake(phase: string, stream: string, version?: number): void {
    const { category, id } = parseStreamName(stream);
    if (id !== '') this.#workers.get(keyOf(phase, category))?.wake(id, version);
  }

  /** A worker says what its phase has to do with a stream from now on. */
  settle(change: PendingChange, acted: boolean): void {
    this.#entries.settle(change, acted);
    const key = keyOf(change.phase, change.stream);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    if (change.kind === 'sleep') this.#wakeAt(change, key);
  }

  #wakeAt({ phase, stream, wakeAt }: Extract<PendingChange, { kind: 'sleep' }>, key: string): void {
    const { clock } = this.#options;
    const milliseconds = msUntil(wakeAt, clock);
    if (milliseconds > ownTimersMs || this.#stop.signal.aborted) return;
    const cancel = clock.after(milliseconds, () => {
      this.#timers.delete(key);
      this.wake(phase, stream);
    });
    this.#timers.set(key, cancel);
  }

  get #phases(): readonly string[] {
    return [...new Set([...this.#workers.values()].map(({ phase }) => phase))];
  }

  /** A database that is slow or away for a moment ends no start: it begins again at the checkpoint. */
  async #catchUpAtLast(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        return await this.#catchUp();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#warn(error, 'what was recorded before cannot be read; trying again');
        await this.#pause(this.#options.clock);
      }
    }
  }

  /** From the earliest checkpoint of the phases here to the end; nobody is woken before it is reached. */
  async #catchUp(): Promise<void> {
    const { pending, readAll, compareCursors, holder } = this.#options;
    this.#shared = (await pending.look(this.#phases, 0, holder.machine)).checkpoints;
    const cursors = this.#phases.map((phase) => this.#shared.get(phase));
    this.#position = cursors.some((cursor) => cursor === undefined)
      ? null
      : (cursors as Cursor[]).reduce((one, other) => (compareCursors(one, other) <= 0 ? one : other));
    const waking = new Map<string, VersionedWakeUp>();
    for (let page = await readAll(this.#position, pageSize); page.length > 0;) {
      for (const wakeUp of this.#take(page, await this.#found(page))) {
        const key = keyOf(wakeUp.phase, wakeUp.stream);
        if (this.#settles(wakeUp)) waking.delete(key);
        else if (waking.get(key)?.version !== 0) waking.set(key, wakeUp);
      }
      page = page.length < pageSize ? [] : await readAll(this.#position, pageSize);
    }
    for (const { phase, stream, version } of waking.values()) this.wake(phase, stream, version || undefined);
  }

  #isBusyWith({ phase, stream }: Pick<WakeUp, 'stream'> & { readonly phase: string }): boolean {
    const { category, id } = parseStreamName(stream);
    return this.#workers.get(keyOf(phase, category))?.isBusyWith(id) === true;
  }

  #settles({ phase, stream, version }: VersionedWakeUp): boolean {
    const { category, id } = parseStreamName(stream);
    return this.#workers.get(keyOf(phase, category))?.settles(id, version || undefined) === true;
  }

  async #follow(): Promise<void> {
    const { subscribe, clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for await (const batch of subscribe({ after: this.#position, signal })) {
          const found = await this.#found(batch);
          for (const { phase, stream, version } of this.#take(batch, found))
            this.wake(phase, stream, version || undefined);
        }
      } catch (error) {
        this.#warn(error, 'the events of the store cannot be followed; trying again');
        await this.#pause(clock);
      }
    }
  }

  /** Whom events concern here, in their order. */
  async #found(batch: readonly RecordedEvent[]): Promise<readonly FoundWakeUp[]> {
    const { absorb, wakeUpsOf } = this.#options;
    absorb(batch);
    const found: FoundWakeUp[] = [];
    for (const event of batch)
      for (const wakeUp of await wakeUpsOf(event))
        if (this.#workers.has(keyOf(wakeUp.phase, parseStreamName(wakeUp.stream).category)))
          found.push({ wakeUp, cursor: event.cursor });
    return found;
  }

  /** Takes events into account, and returns whom to wake: at once, for nothing may settle in between what is only noted. */
  #take(batch: readonly RecordedEvent[], found: readonly FoundWakeUp[]): readonly VersionedWakeUp[] {
    const waking = new Map<string, VersionedWakeUp>();
    for (const { wakeUp, cursor } of found) {
      const key = keyOf(wakeUp.phase, wakeUp.stream);
      this.#entries.wake(wakeUp, cursor);
      if (waking.get(key)?.version !== 0) waking.set(key, wakeUp);
    }
    this.#position = batch.at(-1)?.cursor ?? this.#position;
    return [...waking.values()];
  }

  async #lookAndWrite(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#look();
        await this.#write(false);
      } catch (error) {
        this.#warn(error, 'pending work cannot be looked at; trying again');
      }
      await this.#pause(clock);
    }
  }

  async #look(): Promise<void> {
    const { pending, holder, onLook } = this.#options;
    const { due, checkpoints } = await pending.look(this.#phases, mostDue, holder.machine);
    this.#shared = checkpoints;
    onLook?.(due.length);
    for (const work of due) {
      this.#entries.isInTable(work.phase, work.stream);
      const isFree = work.holder === null || holder.isDead(work.holder);
      if (isFree && !this.#isBusyWith(work) && !this.#entries.isSettled(work.phase, work.stream))
        this.wake(work.phase, work.stream);
    }
  }

  /** Leaves out what other processes have written; work on which no process has acted yet waits a little, because another may be about to act. */
  async #write(isLast: boolean): Promise<void> {
    const { pending, compareCursors } = this.#options;
    const position = this.#position;
    this.#entries.dropCovered((phase, cursor) => {
      const shared = this.#shared.get(phase);
      return shared !== undefined && compareCursors(cursor, shared) <= 0;
    });
    const isBehind = this.#phases.some((phase) => {
      const shared = this.#shared.get(phase);
      return position !== null && (shared === undefined || compareCursors(position, shared) > 0);
    });
    const changes = this.#entries.changes(isBehind, isLast);
    if (changes === null) return;
    const checkpoints = new Map(position === null ? [] : this.#phases.map((phase) => [phase, position]));
    await pending.write(changes, checkpoints);
    this.#entries.written(changes);
  }

  #pause(clock: Clock): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(lookEveryMs, done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  #warn(error: unknown, message: string): void {
    this.#options.logger.warn({ err: error }, message);
  }
}

const keyOf = (phase: string, name: string): string => `${phase} ${name}`;
