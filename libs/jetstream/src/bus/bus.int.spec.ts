import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, testNats, stopTestParts } from '@backstay/local-platform/testing';
import { testBus, type TestBus } from './bus.test-support.ts';
import { connectBus, type BusStatus } from './connect-bus.ts';
import { ensureStreams, eventsStream, intakeStream } from './streams.ts';

let test: TestBus;
beforeAll(async () => {
  test = await testBus();
});
afterAll(async () => {
  await test.bus.close();
  await stopTestParts();
});

describe('the connection', () => {
  it('says when it is lost and when it is back', async () => {
    const { nats, statuses } = test;
    await nats.restart();
    await eventually(() => statuses.length >= 3 && statuses.at(-1)?.state === 'connected', 'connected again');
    expect(statuses.map(({ state }) => state)).toEqual(expect.arrayContaining(['connected', 'disconnected']));
  });

  it('waits for a server that is not there yet', async () => {
    const nats = await testNats();
    await nats.stop();
    const statuses: BusStatus[] = [];
    const connecting = connectBus({ url: nats.url, name: 'early', onStatus: (status) => void statuses.push(status) });
    await eventually(() => statuses[0]?.state === 'disconnected', 'the reason why it does not connect');
    await nats.restart();
    const bus = await connecting;
    expect(statuses.at(-1)?.state).toBe('connected');
    await bus.close();
    await bus.close();
    await eventually(() => statuses.at(-1)?.state === 'closed', 'closed');
  });

  it('waits for a credentials file that is not there yet, and says so', async () => {
    const giveUp = new AbortController();
    const statuses: BusStatus[] = [];
    const onStatus = (status: BusStatus) => {
      statuses.push(status);
      if (statuses.length === 2) giveUp.abort();
    };
    const creds = '/nowhere/backstay.creds';
    const connecting = connectBus({ url: test.nats.url, name: 'early', creds, onStatus, signal: giveUp.signal });
    await expect(connecting).rejects.toThrow('aborted');
    expect(statuses[0]).toEqual({ state: 'disconnected', detail: expect.stringContaining(creds) });
  });

  it('gives up waiting when it is asked to', async () => {
    const nats = await testNats();
    await nats.stop();
    const giveUp = new AbortController();
    const onStatus = () => giveUp.abort(new Error('no longer wanted'));
    const connecting = connectBus({ url: nats.url, name: 'early', onStatus, signal: giveUp.signal });
    await expect(connecting).rejects.toThrow('no longer wanted');
  });
});

describe('the streams', () => {
  it('are created, and left alone the second time', async () => {
    const { js } = test.bus;
    const first = await ensureStreams(js);
    const again = await ensureStreams(js);
    expect(again.intake.created).toBe(first.intake.created);
    expect(first.intake.config).toMatchObject(intakeStream);
    expect(first.events.config).toMatchObject(eventsStream);
  });

  it('are put right without touching the limits that an operator set', async () => {
    const { js } = test.bus;
    const jsm = await js.jetstreamManager();
    await jsm.streams.update(eventsStream.name, { subjects: ['backstay.events.>'], max_bytes: 5_000_000 });
    const { events } = await ensureStreams(js);
    expect(events.config).toMatchObject({ subjects: eventsStream.subjects, max_bytes: 5_000_000 });
  });

  it('may be ensured by many at once', async () => {
    const { js } = test.bus;
    const jsm = await js.jetstreamManager();
    await jsm.streams.delete(intakeStream.name);
    const all = await Promise.all([0, 1, 2, 3].map(() => ensureStreams(js)));
    expect(new Set(all.map(({ intake }) => intake.created)).size).toBe(1);
  });
});
