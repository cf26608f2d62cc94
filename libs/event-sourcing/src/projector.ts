import type { Cursor, RecordedEvent } from './event.ts';
import type { EventStore, SubscribeOptions } from './event-store.ts';
import { projectBatch, type Projection, type ProjectionSink, type Row } from './projection.ts';

export interface ProjectedRow extends Row {
  readonly projection: string;
}

/** Where the rows and checkpoints of several projections are kept; all that is committed at once changes together. */
export interface ProjectorSink {
  /** Where each projection stands; null: at the beginning. */
  checkpoints(): Promise<ReadonlyMap<string, Cursor | null>>;
  /** The bodies that there are, by projection and key. */
  load(keys: readonly Pick<ProjectedRow, 'projection' | 'key'>[]): Promise<readonly ProjectedRow[]>;
  /** Moves every projection to one checkpoint. A body of null deletes the row. */
  commit(rows: readonly ProjectedRow[], checkpoint: Cursor): Promise<void>;
  /** One of them alone, for the time that it needs to catch up with the others. */
  only(projection: string): ProjectionSink;
}

export interface ProjectorPorts {
  readonly store: Pick<EventStore, 'readAll' | 'compareCursors'>;
  readonly subscribe: (options: SubscribeOptions) => AsyncIterable<readonly RecordedEvent[]>;
  readonly sink: ProjectorSink;
  /** Resolves after so many milliseconds, or sooner when the signal is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds of a clock that only rises. */
  readonly elapsedMs: () => number;
  /** Hears up to which event every projection shows what happened. */
  readonly onPassed?: (cursor: Cursor) => void;
}

/** Between two commits of rows; the first after a rest is made at once. */
const commitEveryMs = 50;
/** After a commit that took long, so many times as long: where everything is slow, the rows are not written for each event. */
const restPerCommit = 4;
/** Between two commits of checkpoints alone: they only save reading. */
const checkpointEveryMs = 1_000;
const batchSize = 1000;
const cachedRows = 5_000;

/**
 * Keeps several projections up to date from one subscription: rows and checkpoints of all of them are one commit, the first at
 * once, then at most one every 50 ms, later where commits take long. One that is behind the others catches up alone before.
 */
export class Projector {
  readonly #projections: readonly Projection[];
  readonly #ports: ProjectorPorts;
  readonly #bodies = new Map<string, ProjectedRow>();
  readonly #dirty = new Map<string, ProjectedRow>();
  #cursor: Cursor | null = null;
  #uncommitted = false;
  #committedAt = -Infinity;
  #commitTookMs = 0;
  #hasCheckpoints = false;

  constructor(projections: readonly Projection[], ports: ProjectorPorts) {
    this.#projections = projections;
    this.#ports = ports;
  }

  /** Runs until the signal is aborted. @throws what the sink throws, above all when another projector moved a checkpoint. */
  async run(signal: AbortSignal): Promise<void> {
    const { subscribe } = this.#ports;
    this.#cursor = await this.#catchUp(signal);
    const ending = new AbortController();
    const following = AbortSignal.any([signal, ending.signal]);
    const batches = subscribe({ after: this.#cursor, signal: following, batchSize })[Symbol.asyncIterator]();
    let next = batches.next();
    try {
      for (;;) {
        const result = this.#uncommitted ? await this.#nextOrCommit(next) : await next;
        if (result === 'commit') {
          await this.#commit();
        } else if (result.done === true) {
          return await this.#commit();
        } else {
          await this.#fold(result.value);
          next = batches.next();
          if (this.#commitInMs() <= 0) await this.#commit();
        }
      }
    } finally {
      ending.abort();
      await next.catch(() => undefined);
    }
  }

  /** Whether a checkpoint of every projection was found or committed. */
  get hasCheckpoints(): boolean {
    return this.#hasCheckpoints;
  }

  #commitInMs(): number {
    const rowsEveryMs = Math.max(commitEveryMs, restPerCommit * this.#commitTookMs);
    const everyMs = this.#dirty.size > 0 ? Math.min(rowsEveryMs, checkpointEveryMs) : checkpointEveryMs;
    return this.#committedAt + everyMs - this.#ports.elapsedMs();
  }

  /** What comes first: the next batch, which also comes when the signal ends it, or the time of the commit. */
  async #nextOrCommit<T>(next: Promise<T>): Promise<T | 'commit'> {
    const waiting = new AbortController();
    const due = this.#ports.pause(Math.max(0, this.#commitInMs()), waiting.signal).then(() => 'commit' as const);
    try {
      return await Promise.race([next, due]);
    } finally {
      waiting.abort();
    }
  }

  async #fold(batch: readonly RecordedEvent[]): Promise<void> {
    const touched = batch.flatMap((event) =>
      this.#projections.flatMap((projection) => projection.keys(event).map((key) => ({ event, projection, key }))),
    );
    await this.#load(touched.map(({ projection, key }) => ({ projection: projection.name, key })));
    for (const { event, projection, key } of touched) {
      const id = idOf(projection.name, key);
      const body = projection.evolve(this.#bodies.get(id)?.body ?? undefined, event, key);
      const row = { projection: projection.name, key, body };
      this.#bodies.set(id, row);
      this.#dirty.set(id, row);
    }
    this.#cursor = batch.at(-1)?.cursor ?? this.#cursor;
    this.#uncommitted = true;
    if (this.#dirty.size === 0) this.#passed();
  }

  async #load(keys: readonly Pick<ProjectedRow, 'projection' | 'key'>[]): Promise<void> {
    if (this.#bodies.size > cachedRows) this.#dropCommitted();
    const unknown = new Map(
      keys.map((each) => [idOf(each.projection, each.key), each] as const).filter(([id]) => !this.#bodies.has(id)),
    );
    if (unknown.size === 0) return;
    // What is not there is remembered as well.
    for (const [id, each] of unknown) this.#bodies.set(id, { ...each, body: null });
    for (const row of await this.#ports.sink.load([...unknown.values()]))
      this.#bodies.set(idOf(row.projection, row.key), row);
  }

  #dropCommitted(): void {
    for (const id of this.#bodies.keys()) if (!this.#dirty.has(id)) this.#bodies.delete(id);
  }

  async #commit(): Promise<void> {
    const cursor = this.#cursor;
    if (!this.#uncommitted || cursor === null) return;
    const rows = [...this.#dirty.values()];
    this.#dirty.clear();
    this.#uncommitted = false;
    const begunAt = this.#ports.elapsedMs();
    await this.#ports.sink.commit(rows, cursor);
    this.#committedAt = this.#ports.elapsedMs();
    // One that was quick by chance does not end a slow time.
    this.#commitTookMs = Math.max(this.#committedAt - begunAt, this.#commitTookMs / 2);
    this.#hasCheckpoints = true;
    if (this.#dirty.size === 0) this.#passed();
  }

  #passed(): void {
    if (this.#cursor !== null) this.#ports.onPassed?.(this.#cursor);
  }

  /** Brings those that are behind to where the foremost is. */
  async #catchUp(signal: AbortSignal): Promise<Cursor | null> {
    const { store, sink } = this.#ports;
    const checkpoints = await sink.checkpoints();
    const foremost = [...checkpoints.values()].reduce(
      (one, other) => (other !== null && (one === null || store.compareCursors(other, one) > 0) ? other : one),
      null,
    );
    if (foremost === null) return null;
    for (const projection of this.#projections)
      await this.#bring(projection, checkpoints.get(projection.name) ?? null, foremost, signal);
    this.#hasCheckpoints = true;
    this.#ports.onPassed?.(foremost);
    return foremost;
  }

  async #bring(projection: Projection, from: Cursor | null, to: Cursor, signal: AbortSignal): Promise<void> {
    const { store, sink } = this.#ports;
    const only = sink.only(projection.name);
    for (let cursor = from; cursor !== to && !signal.aborted;) {
      const page = await store.readAll(cursor, batchSize);
      const batch = page.filter((event) => store.compareCursors(event.cursor, to) <= 0);
      if (batch.length === 0) break;
      await projectBatch(projection, only, batch);
      cursor = batch.at(-1)?.cursor ?? cursor;
    }
  }
}

const idOf = (projection: string, key: string): string => `${projection}\n${key}`;
