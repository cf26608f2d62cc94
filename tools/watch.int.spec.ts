import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { measuredStream, rolledBackByErrorRate } from '@backstay/projections/testing';
import { createContext } from '../cli/src/context.ts';
import { recordingWorld } from '../cli/src/testing/world.test-support.ts';
import { follow } from '../cli/src/watch/follow.ts';
import { startTestApi, type TestApi } from '../services/operator-api/src/api.test-support.ts';

const id = 'watched';
const { events } = rolledBackByErrorRate({ id });
const ticks = measuredStream(
  Array.from({ length: 200 }, () => 0.002),
  5,
  id,
);

describe('the command beside the service', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
  });

  afterAll(() => api?.close());

  /** How many requests below `/v1` the service has responded to or is handling, by its own count of them. */
  async function requests(): Promise<number> {
    const text = await (await api.get('/metrics')).text();
    const counts = text.matchAll(/^backstay_http_request_duration_seconds_count\{[^}]*route="\/v1[^}]*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('watches a deployment to its end with a handful of requests, and reports what the service reports', async () => {
    const record = (part: readonly RecordedEvent[]) => api.record(part);
    await record(events.slice(0, 3));
    const { world } = recordingWorld();
    const watching = follow(createContext(world, { url: api.service.url, json: true }), { id, timeoutMs: 25_000 });
    for (let at = 3; at < events.length - 1; at += 4)
      await record(events.slice(at, Math.min(at + 4, events.length - 1)));
    await record(ticks);
    await record(events.slice(-1));
    const { exitCode, snapshot } = await watching;
    expect(exitCode).toBe(3);
    const count = await requests();
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(5);
    const path = `/v1/deployments/${id}`;
    expect(JSON.parse(JSON.stringify(snapshot.summary))).toEqual(await (await api.get(path)).json());
    expect(JSON.parse(JSON.stringify(snapshot.why))).toEqual(await (await api.get(`${path}/why`)).json());
    expect(snapshot.entries.map(({ hash }) => hash)).toEqual(
      ((await (await api.get(`${path}/audit-trail`)).json()) as { entries: { hash: string }[] }).entries.map(
        ({ hash }) => hash,
      ),
    );
  });
});
