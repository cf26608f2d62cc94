import { describe, expect, it } from 'vitest';
import type { Cursor } from './event.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';
import type { Projection } from './projection.ts';
import { Projector, type ProjectedRow, type ProjectorSink } from './projector.ts';
import { sealedEvents } from './testing/index.ts';

const counting = (name: string, type?: string): Projection<number> => ({
  name,
  keys: (event) => (type === undefined || event.type === type ? [event.stream] : []),
  evolve: (body = 0, event) => (event.type === 'Removed' ? null : body + 1),
});

class Sink implements ProjectorSink {
  readonly rows = new Map<string, unknown>();
  readonly commits: { rows: number; checkpoint: Cursor }[] = [];
  readonly standing: Map<string, Cursor | null>;
  loads = 0;
  onCommit = (): void => {};

  constructor(names: readonly string[]) {
    this.standing = new Map(names.map((name) => [name, null]));
  }

  checkpoints() {
    return Promise.resolve(this.standing);
  }

  load(keys: readonly Pick<ProjectedRow, 'projection' | 'key'>[]) {
    this.loads += 1;
    const found = keys.filter(({ projection, key }) => this.rows.has(`${projection}/${key}`));
    return Promise.resolve(found.map((each) => ({ ...each, body: this.rows.get(`${each.projection}/${each.key}`) })));
  }

  commit(rows: readonly ProjectedRow[], checkpoint: Cursor) {
    this.commits.push({ rows: rows.length, checkpoint });
    this.onCommit();
    for (const name of this.standing.keys()) this.standing.set(name, checkpoint);
    this.#write(rows);
    return Promise.resolve();
  }

  only(projection: string) {
    return {
      checkpoint: () => Promise.resolve(this.standing.get(projection) ?? null),
      load: async (keys: readonly string[]) =>
        new Map((await this.load(keys.map((key) => ({ projection, key })))).map(({ key, body }) => [key, body])),
      commit: (rows: readonly { key: string; body: unknown }[], checkpoint: Cursor) => {
        this.#write(rows.map((row) => ({ ...row, projection })));
        this.standing.set(projection, checkpoint);
        return Promise.resolve();
      },
    };
  }

  #write(rows: readonly ProjectedRow[]): void {
    for (const { projection, key, body } of rows)
      if (body === null) this.rows.delete(`${projection}/${key}`);
      else this.rows.set(`${projection}/${key}`, body);
  }
}

/** Time that only passes when the test says so. */
function clock() {
  let now = 0;
  const waiting = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    elapsedMs: () => now,
    pause: (ms: number, signal: AbortSignal) =>
      new Promise<void>((wake) => {
        if (signal.aborted) return wake();
        const pause = { at: now + ms, wake };
        waiting.add(pause);
        signal.addEventListener('abort', () => (waiting.delete(pause), wake()), { once: true });
      }),
    pauses: () => waiting.size,
    pass: (ms: number) => {
      now += ms;
      for (const each of waiting)
        if (each.at <= now) {
          waiting.delete(each);
          each.wake();
        }
    },
  };
}

const settled = async (): Promise<void> => {
  for (let round = 0; round < 50; round += 1) await Promise.resolve();
};

function stage(projections: readonly Projection[]) {
  const store = new InMemoryEventStore();
  const sink = new Sink(projections.map(({ name }) => name));
  const time = clock();
  const passed: Cursor[] = [];
  const end = new AbortController();
  const start = () =>
    new Projector(projections, {
      store,
      subscribe: (options) => store.subscribe(options),
      sink,
      ...time,
      onPassed: (cursor) => passed.push(cursor),
    }).run(end.signal);
  const versions = new Map<string, number>();
  const happens = async (stream: string, ...types: string[]) => {
    const version = versions.get(stream) ?? 0;
    const unsealed = types.map((type) => ({ type, data: {} }));
    const events = sealedEvents(stream, unsealed, { version, hash: '' });
    await store.append({ stream, expectedVersion: version, commandId: `${stream}${version}`, events });
    versions.set(stream, version + types.length);
    await settled();
  };
  return { store, sink, time, passed, end, start, happens };
}

describe('the projector', () => {
  it('commits the rows of all projections at once: the first without delay, then at most every 50 ms', async () => {
    const { sink, time, end, start, happens, passed } = stage([counting('a'), counting('b')]);
    const running = start();
    await settled();
    await happens('s', 'Moved');
    expect(sink.commits).toEqual([{ rows: 2, checkpoint: '0-1' }]);
    await happens('s', 'Moved');
    await happens('t', 'Moved');
    expect(sink.commits).toHaveLength(1);
    time.pass(50);
    await settled();
    expect(sink.commits).toEqual([
      { rows: 2, checkpoint: '0-1' },
      { rows: 4, checkpoint: '0-3' },
    ]);
    expect(sink.rows.get('a/s')).toBe(2);
    expect(passed).toEqual(['0-1', '0-3']);
    end.abort();
    await running;
  });

  it('waits for one commit at a time, however many batches come meanwhile', async () => {
    const { time, end, start, happens } = stage([counting('a')]);
    const running = start();
    await settled();
    for (let batch = 1; batch <= 20; batch += 1) await happens('s', 'Moved');
    expect(time.pauses()).toBe(1);
    end.abort();
    await running;
    expect(time.pauses()).toBe(0);
  });

  it.each([
    { took: 10, rests: 50 },
    { took: 60, rests: 240 },
    { took: 600, rests: 1_000 },
  ])('rests for $rests ms after a commit that took $took ms', async ({ took, rests }) => {
    const { sink, time, end, start, happens } = stage([counting('a')]);
    sink.onCommit = () => time.pass(took);
    const running = start();
    await settled();
    await happens('s', 'Moved');
    await happens('s', 'Moved');
    time.pass(rests - 1);
    await settled();
    expect(sink.commits).toHaveLength(1);
    time.pass(1);
    await settled();
    expect(sink.commits).toHaveLength(2);
    end.abort();
    await running;
  });

  it('rests half as long after each commit that is quick again', async () => {
    const { sink, time, end, start, happens } = stage([counting('a')]);
    sink.onCommit = () => time.pass(sink.commits.length === 1 ? 100 : 0);
    const running = start();
    await settled();
    await happens('s', 'Moved');
    for (const [commits, rests] of [400, 200, 100, 50, 50].entries()) {
      await happens('s', 'Moved');
      time.pass(rests - 1);
      await settled();
      expect(sink.commits).toHaveLength(commits + 1);
      time.pass(1);
      await settled();
    }
    end.abort();
    await running;
  });

  it('writes no row where nothing changed, and the checkpoint only now and then', async () => {
    const { sink, time, end, start, happens, passed } = stage([counting('a', 'Moved')]);
    const running = start();
    await settled();
    await happens('s', 'Moved');
    await happens('s', 'Seen', 'Seen');
    expect(passed.at(-1)).toBe('0-3');
    time.pass(999);
    await settled();
    expect(sink.commits).toHaveLength(1);
    time.pass(1);
    await settled();
    expect(sink.commits.at(-1)).toEqual({ rows: 0, checkpoint: '0-3' });
    end.abort();
    await running;
  });

  it('does not load again what it knows, also that there is no row', async () => {
    const { sink, end, start, happens } = stage([counting('a')]);
    const running = start();
    await settled();
    await happens('s', 'Moved');
    await happens('s', 'Moved', 'Removed');
    await happens('s', 'Moved');
    expect(sink.loads).toBe(1);
    end.abort();
    await running;
    expect(sink.rows.get('a/s')).toBe(1);
  });

  it('lets one that is behind catch up alone, and commits what is left at the end', async () => {
    const { sink, end, start, happens } = stage([counting('a'), counting('b')]);
    await happens('s', 'Moved', 'Moved');
    sink.standing.set('a', '0-2');
    sink.rows.set('a/s', 2);
    const running = start();
    await settled();
    expect(sink.rows.get('b/s')).toBe(2);
    await happens('s', 'Moved');
    await happens('s', 'Moved');
    end.abort();
    await running;
    expect([sink.rows.get('a/s'), sink.rows.get('b/s')]).toEqual([4, 4]);
    expect(sink.standing.get('a')).toBe('0-4');
  });

  it('ends with what the sink threw', async () => {
    const { sink, start, happens } = stage([counting('a')]);
    sink.commit = () => Promise.reject(new Error('stale'));
    const running = start();
    running.catch(() => undefined);
    await settled();
    await happens('s', 'Moved');
    await expect(running).rejects.toThrow('stale');
  });
});
