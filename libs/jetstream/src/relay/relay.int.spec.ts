import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InMemoryEventStore, UpcastingEventStore, type EventStore, type DomainEvent } from '@backstay/event-sourcing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { eventually, stopTestParts } from '@backstay/local-platform/testing';
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { testBus, type TestBus } from '../bus/bus.test-support.ts';
import { ensureStreams, eventsStream } from '../bus/streams.ts';
import { runRelay, type RelayCheckpoint, type RelayOptions } from './relay.ts';

let test: TestBus;
let store: EventStore;
let ending: AbortController;
let saved: RelayCheckpoint[];
const relays: Promise<void>[] = [];

async function append(stream: string, decided: readonly DomainEvent[]): Promise<readonly string[]> {
  const before = await store.read(stream);
  const last = before.at(-1);
  const head = last === undefined ? undefined : { version: last.version, hash: last.hash };
  const events = sealedEvents(stream, decided, head);
  await store.append({ stream, expectedVersion: before.length, commandId: `${stream}-${before.length}`, events });
  return events.map(({ id }) => id);
}

const appendMany = async (count: number, from = 0): Promise<string[]> => {
  const ids: string[] = [];
  for (let index = from; index < from + count; index += 1) {
    ids.push(...(await append(`deployment-${index % 7}`, [{ type: 'StepStarted', data: { index } }])));
  }
  return ids;
};

function relay(options: Partial<RelayOptions> = {}): Promise<void> {
  const checkpoint = {
    load: () => Promise.resolve(saved.at(-1) ?? null),
    save: (made: RelayCheckpoint) => Promise.resolve(void saved.push(made)),
  };
  const { onFault, bus } = test;
  const running = runRelay({
    store,
    subscribe: (subscription) => store.subscribe(subscription),
    js: bus.js,
    checkpoint,
    signal: ending.signal,
    onFault,
    probeMs: 100,
    ...options,
  });
  relays.push(running);
  return running;
}

interface Published {
  readonly subject: string;
  readonly event: {
    readonly id: string;
    readonly streamversion: number;
    readonly subject: string;
    readonly type: string;
  };
  readonly traceparent: string | undefined;
  readonly messageId: string | undefined;
}

/** What the stream holds now, read message by message. */
async function published(): Promise<Published[]> {
  const jsm = await test.bus.js.jetstreamManager();
  const { state } = await jsm.streams.info(eventsStream.name);
  const all: Published[] = [];
  for (let seq = state.first_seq || 1; seq <= state.last_seq; seq += 1) {
    const message = await jsm.streams.getMessage(eventsStream.name, { seq });
    if (message === null) continue;
    const { subject, header } = message;
    all.push({
      subject,
      event: message.json(),
      traceparent: header.get('traceparent'),
      messageId: header.get('Nats-Msg-Id'),
    });
  }
  return all;
}

const idsOf = async () => (await published()).map(({ event }) => event.id);
const holdsAll = (ids: readonly string[]) =>
  eventually(async () => {
    const found = new Set(await idsOf().catch(() => []));
    return ids.every((id) => found.has(id));
  }, 'every event is published');

type Publish = JetStreamClient['publish'];

function publishing(js: JetStreamClient, publish: Publish): JetStreamClient {
  return new Proxy(js, {
    get(target, name) {
      const member: unknown = name === 'publish' ? publish : Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Breaks publishing while `broken` says so. */
const breaking = (js: JetStreamClient, broken: (subject: string) => boolean): JetStreamClient =>
  publishing(js, (subject, ...rest) =>
    broken(subject) ? Promise.reject(new Error('no acknowledgement')) : js.publish(subject, ...rest),
  );

const withAcks = (js: JetStreamClient, change: (ack: PubAck) => PubAck): JetStreamClient =>
  publishing(js, async (...args) => change(await js.publish(...args)));

beforeEach(async () => {
  test = await testBus();
  store = new InMemoryEventStore();
  ending = new AbortController();
  saved = [];
});
afterEach(async () => {
  ending.abort();
  await Promise.all(relays.splice(0));
  await test.bus.close();
  await stopTestParts();
});

describe('the relay', () => {
  it('publishes what stands and what comes, in order, without measurements', async () => {
    const ids = await appendMany(150);
    await append('measurements-1', [{ type: 'MeasurementsTaken', data: {} }]);
    void relay();
    ids.push(...(await append('environment-notes-api.production', [{ type: 'EnvironmentClaimed', data: {} }])));
    await holdsAll(ids);
    expect(await idsOf()).toEqual(ids);
    const [first] = await published();
    expect(first).toMatchObject({ subject: 'backstay.events.step-started.0', messageId: ids[0] });
    expect((await published()).at(-1)?.subject).toBe('backstay.events.environment-claimed.notes-api.production');
    expect(test.faults).toEqual([]);
  });

  it('goes on behind its checkpoint', async () => {
    const ids = await appendMany(10);
    const first = relay();
    await eventually(() => saved.at(-1)?.stream.lastSequence === 10, 'saved');
    ending.abort();
    await first;
    ending = new AbortController();
    ids.push(...(await appendMany(5, 10)));
    void relay();
    await holdsAll(ids);
    expect(await idsOf()).toEqual(ids);
  });

  it('carries the trace on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const [event] = sealedEvents('deployment-1', [{ type: 'StepStarted', data: {} }]);
    const events = event === undefined ? [] : [{ ...event, traceparent }];
    await store.append({ stream: 'deployment-1', expectedVersion: 0, commandId: 'c', events });
    void relay();
    await holdsAll(events.map(({ id }) => id));
    expect(await published()).toMatchObject([{ traceparent, event: { traceparent } }]);
  });

  it('reports the end of a deployment as a CDEvent too', async () => {
    const previous = { version: '2.3.1', commit: null, release: null, deployment: null };
    const release = { ...previous, version: '2.4.0' };
    const planned = { service: 'notes-api', environment: 'production', version: '2.4.0', previous };
    const ids = await append('deployment-1', [
      { type: 'DeploymentPlanned', data: planned },
      { type: 'DeploymentSucceeded', data: { release } },
    ]);
    void relay();
    await eventually(async () => (await idsOf().catch(() => [])).length === ids.length + 1, 'all');
    expect((await published()).map(({ subject }) => subject)).toEqual([
      'backstay.events.deployment-planned.1',
      'backstay.events.deployment-succeeded.1',
      'backstay.cdevents.dev.cdevents.service.upgraded',
    ]);
  });

  it('reports an end that is stored in an earlier shape as a CDEvent too, and publishes what is stored', async () => {
    const today = new UpcastingEventStore(store, (event) =>
      event.type === 'DeploymentAccomplished' ? { ...event, type: 'DeploymentSucceeded' } : event,
    );
    const planned = { service: 'notes-api', environment: 'production', version: '1.2.0', previous: null };
    const [, end] = await append('deployment-7d0c', [
      { type: 'DeploymentPlanned', data: planned },
      { type: 'DeploymentAccomplished', data: { release: { version: '1.2.0' } } },
    ]);
    void relay({ store: today, subscribe: (subscription) => today.subscribe(subscription) });
    await eventually(async () => (await idsOf().catch(() => [])).length === 3);
    expect((await published()).map(({ event }) => [event.type, event.id === end])).toEqual([
      ['dev.backstay.deployment-planned.v1', false],
      ['dev.backstay.deployment-accomplished.v1', true],
      ['dev.cdevents.service.deployed.0.3.0', false],
    ]);
  });
});

describe('a failure to publish', () => {
  it('keeps the checkpoint at the unbroken row of acknowledgements', async () => {
    const ids = await append('deployment-1', [
      { type: 'StepStarted', data: {} },
      { type: 'StepFailed', data: {} },
      { type: 'ExecutionFailed', data: {} },
    ]);
    let broken = true;
    const js = breaking(test.bus.js, (subject) => broken && subject.includes('step-failed'));
    void relay({ js });
    await eventually(() => test.faults.length >= 2, 'tried');
    expect(new Set(saved.map(({ cursor }) => cursor))).toEqual(new Set(['0-1']));
    broken = false;
    await holdsAll(ids);
    await eventually(() => saved.at(-1)?.cursor === '0-3', 'saved');
    expect(new Set(await idsOf()).size).toBe(3);
    expect(await idsOf()).toHaveLength(3);
  });

  it('is reported, and tried again later each time, until the broker is there', async () => {
    const ids = await appendMany(20);
    await ensureStreams(test.bus.js);
    await test.nats.stop();
    void relay();
    await eventually(() => test.faults.length >= 1, 'reported');
    await test.nats.restart();
    await holdsAll(ids);
    expect(await idsOf()).toEqual(ids);
  });
});

describe('a broker that forgets', () => {
  it('in mid-stream has every event at last, in the store’s order', async () => {
    const heard = new Set<string>();
    const ids = await appendMany(300);
    void relay({ windowSize: 16 });
    await eventually(() => (saved.at(-1)?.stream.lastSequence ?? 0) >= 32, 'on its way');
    const restarting = test.nats.restart({ wipe: true });
    ids.push(...(await appendMany(100, 300)));
    await restarting;
    await holdsAll(ids);
    for (const id of await idsOf()) heard.add(id);
    expect([...heard]).toEqual(ids);
    await eventually(() => saved.at(-1)?.stream.lastSequence === 400, 'saved');
  });

  it('while nothing happens has every event again', async () => {
    const ids = await appendMany(20);
    void relay();
    await holdsAll(ids);
    const jsm = await test.bus.js.jetstreamManager();
    await jsm.streams.delete(eventsStream.name);
    await holdsAll(ids);
    expect(test.faults.at(-1)?.error.message).toContain('published again');
  });

  it('before the relay starts has every event again', async () => {
    const ids = await appendMany(20);
    const first = relay();
    await holdsAll(ids);
    ending.abort();
    await first;
    await test.nats.restart({ wipe: true });
    ending = new AbortController();
    void relay();
    await holdsAll(ids);
  });

  it('only the end of the stream has every event again when the relay starts', async () => {
    const ids = await appendMany(5);
    const { events } = await ensureStreams(test.bus.js);
    saved.push({ cursor: '0-3', stream: { created: events.created, lastSequence: 3 } });
    void relay();
    await holdsAll(ids);
    expect(await idsOf()).toEqual(ids);
  });

  it('only the end of the stream, while the relay runs, is found out by numbers that come again', async () => {
    const ids = await appendMany(5);
    let forgetful = true;
    const js = withAcks(test.bus.js, (ack) => {
      const forgot = forgetful && ack.seq === 4;
      if (forgot) forgetful = false;
      return forgot ? { ...ack, seq: 2 } : ack;
    });
    void relay({ js });
    await eventually(() => test.faults.length === 1, 'reported');
    expect(test.faults[0]?.error.message).toContain('published again');
    expect(saved.filter(({ cursor }) => cursor === null)).toHaveLength(1);
    await holdsAll(ids);
    await eventually(() => saved.at(-1)?.cursor === '0-5', 'saved');
  });
});
