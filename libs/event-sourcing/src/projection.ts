import type { Cursor, RecordedEvent } from './event.ts';

/** One row that a projection keeps, under a key of its own. */
export interface Row {
  readonly key: string;
  readonly body: unknown;
}

/**
 * A read model, named by its question: a pure fold from events to rows. `keys` says which rows an event
 * touches; `evolve` gives the row's new body, or null to delete the row.
 */
export interface Projection<Body = unknown> {
  readonly name: string;
  keys(event: RecordedEvent): readonly string[];
  evolve(body: Body | undefined, event: RecordedEvent, key: string): Body | null;
}

/** Where rows and checkpoint are kept; both change in one transaction. */
export interface ProjectionSink {
  checkpoint(): Promise<Cursor | null>;
  load(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** A body of null deletes the row. */
  commit(rows: readonly Row[], checkpoint: Cursor): Promise<void>;
}

/** Folds one batch into rows and commits them with the batch's last cursor. */
export async function projectBatch(
  projection: Projection,
  sink: ProjectionSink,
  batch: readonly RecordedEvent[],
): Promise<void> {
  const last = batch.at(-1);
  if (last === undefined) return;
  const touched = batch.map((event) => ({ event, keys: projection.keys(event) }));
  const bodies = new Map(await sink.load([...new Set(touched.flatMap(({ keys }) => keys))]));
  const changed = new Set<string>();
  for (const { event, keys } of touched) {
    for (const key of keys) {
      bodies.set(key, projection.evolve(bodies.get(key) ?? undefined, event, key));
      changed.add(key);
    }
  }
  await sink.commit(
    [...changed].map((key) => ({ key, body: bodies.get(key) ?? null })),
    last.cursor,
  );
}
