import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus, Hints, type Bus } from '@backstay/jetstream';
import { testNats } from '@backstay/local-platform/testing';
import { planned, requested, success } from '@backstay/projections/testing';
import { eventually, startTestApi, type TestApi } from '../api.test-support.ts';

describe('the relay', () => {
  let api: TestApi;
  let bus: Bus;
  const heard: string[] = [];

  beforeAll(async () => {
    const nats = await testNats();
    api = await startTestApi({ BACKSTAY_NATS_URL: nats.url });
    bus = await connectBus({ url: nats.url, name: 'test', onStatus: () => undefined });
    new Hints({ nc: bus.nc, hintsFor: () => [], onFault: () => undefined }).listen('planning', (stream) =>
      heard.push(stream),
    );
  });

  afterAll(async () => {
    await bus?.close();
    await api?.close();
  });

  const published = async () => {
    const manager = await bus.js.jetstreamManager();
    return (await manager.streams.info('BACKSTAY_EVENTS')).state.messages;
  };

  it('publishes what is recorded and tells the phases that hear it', async () => {
    const events = planned({ id: 'told' }).events;
    await api.record(events);
    await eventually(async () => (await published()) >= events.length && heard.includes('deployment-told'));
  });

  it('publishes everything again when what it remembers is deleted, and nothing twice on the bus', async () => {
    await eventually(async () => /backstay_relay_lag_events\{[^}]*\} 0/.test(await (await api.get('/metrics')).text()));
    const before = await published();
    await api.platform.views.drop('relay');
    await api.record(requested({ id: 'next', second: 100 }).events);
    await eventually(async () => (await published()) > before);
    await eventually(async () => /backstay_relay_lag_events\{[^}]*\} 0/.test(await (await api.get('/metrics')).text()));
    expect(await published()).toBe(before + 1);
  });

  it('goes on in another process when this one ends', async () => {
    const before = await published();
    const url = api.platform.settings.BACKSTAY_NATS_URL;
    await api.service.close();
    const successor = await startTestApi({
      BACKSTAY_NATS_URL: url,
      BACKSTAY_POSTGRES_URL: api.platform.settings.BACKSTAY_POSTGRES_URL,
    });
    try {
      const events = success({ id: 'later', second: 200 }).events;
      await successor.record(events);
      await eventually(async () => (await published()) >= before + events.length);
    } finally {
      await successor.service.close();
      await successor.platform.close();
    }
  });
});
