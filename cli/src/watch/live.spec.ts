import { describe, expect, it } from 'vitest';
import type { AuditEntry, StreamEvent } from '@backstay/api-contract';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { auditTrail, measurements, summaryOf, why } from '@backstay/projections';
import { measuredStream, rolledBackByErrorRate, success } from '@backstay/projections/testing';
import { createContext } from '../context.ts';
import {
  eventStream,
  withPlatform,
  type PlatformDouble,
  type Routes,
} from '../testing/platform-double.test-support.ts';
import { recordingWorld } from '../testing/world.test-support.ts';
import { follow } from './follow.ts';
import { liveFrom } from './live.ts';
import { progressOf } from './progress.ts';

const id = 'd1';
const path = `/v1/deployments/${id}`;

const entriesOf = (events: readonly RecordedEvent[]) => auditTrail(events).entries as readonly StreamEvent[];

/** Beside the deployment's own events: as many measurements as there are numbers, before its last event. */
function scenario(history: readonly RecordedEvent[], ticks: readonly RecordedEvent[] = []): readonly StreamEvent[] {
  const placed = [...history.slice(0, -1), ...ticks, ...history.slice(-1)];
  return entriesOf(placed.map((event, index) => ({ ...event, cursor: `1-${index + 1}` })));
}

/** A platform that knows the first events of a scenario, and whose stream sends what the test sends. */
function platformAt(known: readonly StreamEvent[], history: readonly RecordedEvent[]): Routes {
  const own = history.slice(0, known.length);
  return {
    [`GET ${path}`]: { body: summaryOf(own) },
    [`GET ${path}/audit-trail`]: { body: { entries: known, intact: true, firstBroken: null, next: null } },
    [`GET ${path}/measurements`]: { body: { ...measurements([], own), next: null } },
    [`GET ${path}/why`]: { body: why(own) },
    'GET /v1/events/stream': eventStream,
  };
}

interface Watched {
  readonly exitCode: number;
  readonly out: string;
  readonly requests: readonly string[];
}

/** Watches while the rest of a scenario happens. */
async function watched(
  history: readonly RecordedEvent[],
  ticks: readonly RecordedEvent[],
  send: (platform: PlatformDouble, rest: readonly StreamEvent[]) => Promise<void>,
  changes: Routes = {},
): Promise<Watched> {
  const all = scenario(history, ticks);
  const known = all.slice(0, 2);
  return withPlatform({ ...platformAt(known, history), ...changes }, async (platform) => {
    const { world, printed } = recordingWorld();
    const watching = follow(createContext(world, { url: platform.url, json: true }), { id, timeoutMs: 20_000 });
    await send(platform, all.slice(2));
    const { exitCode } = await watching;
    await platform.untilNobodyListens();
    return { exitCode, out: printed().out, requests: platform.asked.map(({ url }) => url) };
  });
}

const jsonLines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { entry?: AuditEntry; deployment?: unknown; why?: unknown });

const ofALaterVersion = (event: StreamEvent): StreamEvent => ({ ...event, type: 'OfALaterVersion' });

const atOnce = async (platform: PlatformDouble, rest: readonly StreamEvent[]) => {
  await platform.untilSomebodyListens();
  platform.send(...rest);
};

const oneByOne = async (platform: PlatformDouble, rest: readonly StreamEvent[]) => {
  await platform.untilSomebodyListens();
  for (const event of rest) {
    platform.send(event);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('watching a deployment by the live stream', () => {
  it('shows each event as it comes, and at the end the very summary that the platform has', async () => {
    const { events } = success({ id });
    const { exitCode, out } = await watched(events, [], oneByOne);
    const lines = jsonLines(out);
    expect(exitCode).toBe(0);
    expect(lines.flatMap(({ entry }) => (entry ? [entry.type] : []))).toEqual(events.map(({ type }) => type));
    expect(lines.at(-1)).toEqual({ deployment: JSON.parse(JSON.stringify(summaryOf(events))) });
  });

  it('explains the end as the platform would', async () => {
    const { events } = rolledBackByErrorRate({ id });
    const { exitCode, out } = await watched(events, [], atOnce);
    expect(exitCode).toBe(3);
    expect(jsonLines(out).at(-1)?.why).toEqual(JSON.parse(JSON.stringify(why(events))));
  });

  it.each([0, 50, 1_000])('needs three requests, also with %i measurements meanwhile', async (count) => {
    const ticks = measuredStream(
      Array.from({ length: count }, () => 0.002),
      5,
      id,
    );
    const { requests, exitCode } = await watched(success({ id }).events, ticks, oneByOne);
    expect(exitCode).toBe(0);
    expect(requests).toEqual([path, `${path}/audit-trail`, `/v1/events/stream?deployment=${id}&after=1-2`]);
  });

  it('resumes behind the last event when the stream breaks, and fetches nothing for that', async () => {
    const { requests, exitCode } = await watched(success({ id }).events, [], async (platform, rest) => {
      await platform.untilSomebodyListens();
      platform.send(...rest.slice(0, 3));
      platform.hangUp();
      await platform.untilSomebodyListens();
      platform.send(...rest.slice(3));
    });
    expect(exitCode).toBe(0);
    expect(requests.slice(2)).toEqual([
      `/v1/events/stream?deployment=${id}&after=1-2`,
      `/v1/events/stream?deployment=${id}&after=1-5`,
    ]);
  });

  it('passes over an event that it has already, and those of other streams', async () => {
    const { events } = success({ id });
    const { out } = await watched(events, [], async (platform, rest) => {
      const elsewhere = { ...rest[0]!, stream: 'environment-orders-api.production', type: 'EnvironmentClaimed' };
      await atOnce(platform, [elsewhere, ...rest.slice(0, 3), ...rest.slice(1)]);
    });
    expect(jsonLines(out).filter(({ entry }) => entry)).toHaveLength(events.length);
  });

  it('asks the platform about an event that this version does not know', async () => {
    const { events } = success({ id });
    const fetched = [summaryOf(events.slice(0, 2)), summaryOf(events)];
    const { requests, exitCode } = await watched(
      events,
      [],
      async (platform, rest) => atOnce(platform, [ofALaterVersion(rest[0]!)]),
      { [`GET ${path}`]: (_, before) => ({ body: fetched[before] }) },
    );
    expect(exitCode).toBe(0);
    expect(requests.filter((url) => url === path)).toHaveLength(2);
  });

  it('misses no end that came between the two requests of the beginning', async () => {
    const { events } = success({ id });
    const entries = scenario(events);
    const changes = { [`GET ${path}/audit-trail`]: { body: { entries, intact: true, firstBroken: null, next: null } } };
    expect((await watched(events, [], async () => undefined, changes)).exitCode).toBe(0);
  });
});

describe('a snapshot that goes on with the live stream', () => {
  it('has an event once, however often and late the stream repeats it', async () => {
    const { events } = success({ id });
    const entries = scenario(events);
    const known = entries.slice(0, 2);
    const summary = summaryOf(events.slice(0, 2))!;
    const live = await liveFrom({ summary, entries: known, progress: progressOf(known), metrics: [], why: null });
    const repeated = entries.slice(1).flatMap((entry, index) => [entry, entries[index]!, entry]);
    const batches = repeated.map((entry) => live.after([entry]));
    expect(batches.at(-1)?.entries).toEqual(entries);
    expect(batches.at(-1)?.summary).toEqual(summaryOf(events));
    expect(batches.at(-1)?.progress).toEqual(progressOf(entries));
    expect(live.after(entries)?.entries).toHaveLength(entries.length);
  });
});

describe('the measurements of a watched deployment', () => {
  it('go on from those that were fetched', async () => {
    const { events } = success({ id });
    const history = events.slice(0, events.findIndex(({ type }) => type === 'WatchStarted') + 1);
    const ticks = measuredStream([0.001, 0.002, 0.003], 5, id);
    const entries = scenario(history);
    const { metrics } = JSON.parse(JSON.stringify(measurements(ticks.slice(0, 2), history))) as { metrics: [] };
    const summary = summaryOf(history)!;
    const live = await liveFrom({ summary, entries, progress: progressOf(entries), metrics, why: null });
    const snapshot = live.after(entriesOf(ticks.slice(1).map((event, index) => ({ ...event, cursor: `2-${index}` }))));
    const series = snapshot?.metrics.find(({ metric }) => metric === 'error-rate');
    expect(series?.samples.map(({ value }) => value)).toEqual([0.001, 0.002, 0.003]);
    expect(live.after([])?.metrics).toEqual(snapshot?.metrics);
  });
});
