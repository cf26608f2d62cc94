import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { scratchDir, startPostgres, type Part } from '@backstay/local-platform';
import { eventually } from '@backstay/local-platform/testing';
import { connect, type Pool } from '../connect.ts';

import type { Fault } from '../faults.ts';
import { migrate } from '../migrate.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

describe('the event store, when PostgreSQL is killed and started again', () => {
  let dataDir: string;
  let postgres: Part;
  let pool: Pool;
  let store: PostgresEventStore;
  const faults: Fault[] = [];

  beforeAll(async () => {
    dataDir = await scratchDir('restart');
    // Not the fast settings of other tests: they give up the durability that is asked about here.
    postgres = await startPostgres({
      dataDir,
      say: () => undefined,
      env: { ...process.env, BACKSTAY_POSTGRES_URL: undefined },
    });
    await migrate(postgres.url);
    pool = connect({ url: postgres.url, onFault: (fault) => void faults.push(fault) });
    store = new PostgresEventStore(pool, {
      retry: { attempts: 60, longestDelayMs: 250 },
      onFault: (fault) => void faults.push(fault),
    });
  });
  afterAll(async () => {
    await store?.close();
    await pool?.end();
    await postgres?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('loses no event that was acknowledged, writes none twice, and its subscribers go on', async () => {
    const stop = new AbortController();
    const seen: RecordedEvent[] = [];
    const acknowledged = new Map<string, number>();
    const reading = (async () => {
      for await (const batch of store.subscribe({ signal: stop.signal })) seen.push(...batch);
    })();
    const writing = Array.from({ length: 8 }, async (_, w) => {
      const stream = `writer-${w}`;
      for (let version = 0; !stop.signal.aborted; version += 1) {
        const events = sealedEvents(stream, [{ type: 'CounterMoved', data: { version } }], { version, hash: 'x' });
        const appended = await store.append({ stream, expectedVersion: version, commandId: `c${version}`, events });
        expect(appended).toEqual({ version: version + 1, duplicate: false });
        acknowledged.set(stream, appended.version);
      }
    });
    try {
      for (let round = 0; round < 2; round += 1) {
        const before = seen.length;
        await eventually(() => seen.length > before + 200);
        postgres.kill('SIGKILL');
        await postgres.restart();
        const after = seen.length;
        await eventually(() => seen.length > after + 200);
      }
      stop.abort();
      await Promise.all(writing);
    } finally {
      stop.abort();
      await Promise.allSettled([...writing, reading]);
    }
    for (const [stream, version] of acknowledged) {
      const versions = Array.from({ length: version }, (_, i) => i + 1);
      expect((await store.read(stream)).map((event) => event.version)).toEqual(versions);
      const got = seen.filter((event) => event.stream === stream).map((event) => event.version);
      expect(got).toEqual(versions.slice(0, got.length));
    }
    const all = await store.readAll(null, 1_000_000);
    expect(all.slice(0, seen.length).map(({ id }) => id)).toEqual(seen.map(({ id }) => id));
    expect(all).toHaveLength([...acknowledged.values()].reduce((sum, version) => sum + version, 0));
    expect(new Set(faults.map(({ operation }) => operation))).toContain('append');
    expect(faults.length).toBeLessThan(200);
  });
});
