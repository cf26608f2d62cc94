import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from './event.ts';
import { projectBatch, type Projection, type ProjectionSink } from './projection.ts';
import { sealedEvents } from './testing/index.ts';

const moves: Projection<{ moves: number }> = {
  name: 'moves',
  keys: (event) => (event.type === 'Moved' || event.type === 'Removed' ? [event.stream] : []),
  evolve: (body, event) => (event.type === 'Removed' ? null : { moves: (body?.moves ?? 0) + 1 }),
};

function sink() {
  const rows = new Map<string, unknown>();
  const state = { checkpoint: null as string | null, rows };
  const port: ProjectionSink = {
    checkpoint: () => Promise.resolve(state.checkpoint),
    load: (keys) => Promise.resolve(new Map(keys.filter((key) => rows.has(key)).map((key) => [key, rows.get(key)]))),
    commit: (changes, checkpoint) => {
      for (const { key, body } of changes)
        if (body === null) rows.delete(key);
        else rows.set(key, body);
      state.checkpoint = checkpoint;
      return Promise.resolve();
    },
  };
  return { state, port };
}

const batchOf = (...types: string[]): RecordedEvent[] =>
  sealedEvents(
    'piece',
    types.map((type) => ({ type, data: {} })),
  ).map((event) => ({ ...event, cursor: `0-${event.version}` }));

describe('a projection', () => {
  it('folds a batch into rows and keeps the last cursor with them', async () => {
    const { state, port } = sink();
    await projectBatch(moves, port, batchOf('Placed', 'Moved', 'Moved', 'Seen'));
    expect(state.rows.get('piece')).toEqual({ moves: 2 });
    expect(state.checkpoint).toBe('0-4');
  });

  it('deletes a row that is no more, and starts anew after that', async () => {
    const { state, port } = sink();
    await projectBatch(moves, port, batchOf('Moved', 'Removed'));
    expect(state.rows.size).toBe(0);
    await projectBatch(moves, port, batchOf('Removed', 'Moved'));
    expect(state.rows.get('piece')).toEqual({ moves: 1 });
  });
});
