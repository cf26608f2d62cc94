import type { Cursor } from '@backstay/event-sourcing';
import type { PendingChange } from '@backstay/postgres';

interface Entry {
  readonly change: PendingChange;
  /** The last event that it takes into account; null: none, but time or the table. */
  cursor: Cursor | null;
  /** This process did the work, under the lease: nobody else will write it down. */
  readonly acted: boolean;
  /** Looks since it was made, whatever has settled it meanwhile. */
  age: number;
}

/** Work on which no process has acted is written after this many looks, unless another process has written it before. */
const patience = 2;
/** A checkpoint alone is written after so many looks. */
const checkpointEvery = 5;

/** What a process knows of pending work and has not yet written down. */
export class PendingEntries {
  readonly #entries = new Map<string, Entry>();
  readonly #inTable = new Set<string>();
  #looksBehind = 0;

  /** An event concerns a phase. */
  wake({ phase, stream, version }: Pick<PendingChange, 'phase' | 'stream' | 'version'>, cursor: Cursor): void {
    const key = keyOf(phase, stream);
    const known = this.#entries.get(key);
    // A wake-up by another stream's event stays one until a worker has looked.
    const isKnown = known !== undefined && (isForced(known.change) || (version > 0 && version <= known.change.version));
    if (isKnown) known.cursor = cursor;
    else this.#entries.set(key, { change: { phase, stream, version, kind: 'wake' }, cursor, acted: false, age: 0 });
  }

  /** A worker has looked at the stream: its sleep never replaces the wake-up of a newer version. */
  settle(change: PendingChange, acted: boolean): void {
    const key = keyOf(change.phase, change.stream);
    const known = this.#entries.get(key);
    if (known !== undefined && known.change.version > change.version) return;
    if (change.kind === 'none' && !this.#inTable.has(key)) this.#entries.delete(key);
    else
      this.#entries.set(key, {
        change,
        cursor: known?.cursor ?? null,
        acted: acted || (known?.acted ?? false),
        // Work that is found due at each look and is none must not wait for ever.
        age: known?.age ?? 0,
      });
  }

  /** Whether a worker here has looked since the table was written: then what the table says is out of date. */
  isSettled(phase: string, stream: string): boolean {
    const known = this.#entries.get(keyOf(phase, stream));
    return known !== undefined && known.change.kind !== 'wake';
  }

  isInTable(phase: string, stream: string): void {
    this.#inTable.add(keyOf(phase, stream));
  }

  /** Forgets what nobody here has acted on and others have taken into account. */
  dropCovered(isCovered: (phase: string, cursor: Cursor) => boolean): void {
    for (const [key, { change, cursor, acted }] of this.#entries) {
      if (acted || cursor === null || !isCovered(change.phase, cursor)) continue;
      this.#entries.delete(key);
      if (change.kind === 'none') this.#inTable.delete(key);
    }
  }

  /** What is to be written now, all of it or nothing; null: nothing. */
  changes(isBehind: boolean, isLast: boolean): readonly PendingChange[] | null {
    const entries = [...this.#entries.values()];
    for (const entry of entries) entry.age += 1;
    this.#looksBehind = isBehind ? this.#looksBehind + 1 : 0;
    const isDue =
      entries.some(({ acted, age }) => acted || age > patience) ||
      (isLast && entries.length > 0) ||
      this.#looksBehind > checkpointEvery;
    if (!isDue) return null;
    // From here on it may be in the table, whenever the statement ends.
    for (const { change } of entries) if (change.kind !== 'none') this.#inTable.add(keyOf(change.phase, change.stream));
    return entries.map(({ change }) => change);
  }

  written(changes: readonly PendingChange[]): void {
    this.#looksBehind = 0;
    for (const change of changes) {
      const key = keyOf(change.phase, change.stream);
      if (this.#entries.get(key)?.change !== change) continue;
      this.#entries.delete(key);
      if (change.kind === 'none') this.#inTable.delete(key);
    }
  }
}

const isForced = ({ kind, version }: PendingChange): boolean => kind === 'wake' && version === 0;

const keyOf = (phase: string, stream: string): string => `${phase} ${stream}`;
