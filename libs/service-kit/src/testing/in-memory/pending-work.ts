import type { Cursor } from '@backstay/event-sourcing';
import { workLease, type PendingChange, type PendingLook } from '@backstay/postgres';
import type { PendingWorkPort } from '../../worker/ports.ts';

interface Row {
  readonly phase: string;
  readonly stream: string;
  readonly version: number;
  /** Milliseconds since 1970; -Infinity: at once. */
  readonly wakeAt: number;
}

/** The table of pending work, with the rules of its statements. */
export class InMemoryPendingWork implements PendingWorkPort {
  readonly #rows = new Map<string, Row>();
  readonly #checkpoints = new Map<string, Cursor>();
  readonly #nowMs: () => number;
  readonly #holderOf: (lease: string) => string | null;

  constructor(nowMs: () => number, holderOf: (lease: string) => string | null) {
    this.#nowMs = nowMs;
    this.#holderOf = holderOf;
  }

  look(phases: readonly string[], limit: number, machine: string): Promise<PendingLook> {
    const due = [...this.#rows.values()]
      .filter(({ phase, wakeAt }) => phases.includes(phase) && wakeAt <= this.#nowMs())
      .map((row) => ({ ...row, holder: this.#holderOf(workLease(row.phase, row.stream)) }))
      .filter(({ holder }) => holder === null || holder.startsWith(machine))
      .sort((one, other) => one.wakeAt - other.wakeAt || (one.stream < other.stream ? -1 : 1))
      .slice(0, limit)
      .map(({ phase, stream, holder }) => ({ phase, stream, holder }));
    const checkpoints = new Map([...this.#checkpoints].filter(([phase]) => phases.includes(phase)));
    return Promise.resolve({ due, checkpoints });
  }

  write(changes: readonly PendingChange[], checkpoints: ReadonlyMap<string, Cursor>): Promise<void> {
    const behind = new Set(
      changes.map(({ phase }) => phase).filter((phase) => this.#isBehind(phase, checkpoints.get(phase))),
    );
    for (const change of changes) this.#apply(change, behind.has(change.phase));
    for (const [phase, cursor] of checkpoints) {
      const known = this.#checkpoints.get(phase);
      if (known === undefined || isAfter(cursor, known)) this.#checkpoints.set(phase, cursor);
    }
    return Promise.resolve();
  }

  /** What is written down, whether due or not. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  #isBehind(phase: string, writer: Cursor | undefined): boolean {
    const known = this.#checkpoints.get(phase);
    return known !== undefined && (writer === undefined || isAfter(known, writer));
  }

  #apply(change: PendingChange, isBehind: boolean): void {
    const { phase, stream, version, kind } = change;
    const key = `${phase} ${stream}`;
    const row = this.#rows.get(key);
    const isOlder = row !== undefined && version < row.version;
    const isKept = row?.version === 0 && isBehind;
    if (kind === 'wake') {
      if (row === undefined || version === 0 || version > row.version)
        this.#rows.set(key, { phase, stream, version, wakeAt: -Infinity });
    } else if (!isOlder && !isKept) {
      if (kind === 'none') this.#rows.delete(key);
      else this.#rows.set(key, { phase, stream, version, wakeAt: Date.parse(change.wakeAt) });
    }
  }
}

/** Cursors read transaction-position, or commit-prepare. */
function isAfter(one: Cursor, other: Cursor): boolean {
  const [tx = 0, position = 0] = one.split('-').map(Number);
  const [otherTx = 0, otherPosition = 0] = other.split('-').map(Number);
  return tx === otherTx ? position > otherPosition : tx > otherTx;
}
