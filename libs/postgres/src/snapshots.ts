import type { Snapshot, SnapshotStore } from '@backstay/event-sourcing';
import type { Pool } from './connect.ts';
import { ignoreFault, type OnFault } from './faults.ts';

const loadSql = 'SELECT version, hash, shape, state, traceparent FROM backstay.snapshots WHERE stream = $1';

const saveSql = `
  INSERT INTO backstay.snapshots AS s (stream, version, hash, shape, state, traceparent) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (stream) DO UPDATE SET version = EXCLUDED.version, hash = EXCLUDED.hash, shape = EXCLUDED.shape,
    state = EXCLUDED.state, traceparent = EXCLUDED.traceparent
  WHERE EXCLUDED.version >= s.version`;

interface SnapshotRow {
  readonly version: number;
  readonly hash: string;
  readonly shape: string;
  readonly state: string;
  readonly traceparent: string | null;
}

/** Snapshots of streams, the newest of each. */
export class Snapshots implements SnapshotStore {
  readonly #pool: Pool;
  readonly #onFault: OnFault;

  constructor(pool: Pool, onFault: OnFault = ignoreFault) {
    this.#pool = pool;
    this.#onFault = onFault;
  }

  async load(stream: string): Promise<Snapshot | null> {
    const [row] = (await this.#pool.query<SnapshotRow>({ name: 'backstay-snapshot', text: loadSql, values: [stream] }))
      .rows;
    if (row === undefined) return null;
    const { traceparent, state, ...rest } = row;
    return { ...rest, state: JSON.parse(state) as unknown, ...(traceparent !== null && { traceparent }) };
  }

  save(stream: string, { version, hash, shape, state, traceparent }: Snapshot): void {
    const values = [stream, version, hash, shape, JSON.stringify(state), traceparent ?? null];
    this.#pool
      .query({ name: 'backstay-save-snapshot', text: saveSql, values })
      .catch((error: Error) => this.#onFault({ operation: 'save snapshot', error, failures: 1 }));
  }
}
