/** The state of a stream at one of its versions. It only saves reading: it can be lost at any time. */
export interface Snapshot {
  readonly version: number;
  /** Hash of the event at this version: a stream that has another one there does not bear the snapshot out. */
  readonly hash: string;
  /** Names the form of the state. */
  readonly shape: string;
  /** JSON. */
  readonly state: unknown;
  /** Trace of the stream's first event. */
  readonly traceparent?: string;
}

export interface SnapshotStore {
  load(stream: string): Promise<Snapshot | null>;
  /** Keeps the newest snapshot of the stream, sooner or later; never throws. */
  save(stream: string, snapshot: Snapshot): void;
}

export class InMemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<string, string>();

  load(stream: string): Promise<Snapshot | null> {
    const text = this.#snapshots.get(stream);
    return Promise.resolve(text === undefined ? null : (JSON.parse(text) as Snapshot));
  }

  save(stream: string, snapshot: Snapshot): void {
    this.#snapshots.set(stream, JSON.stringify(snapshot));
  }
}
