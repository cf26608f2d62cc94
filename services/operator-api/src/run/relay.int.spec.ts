import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, readWakeUp, wakePattern, type Bus } from '@backstay/jetstream';
import { exampleRequested } from '@backstay/deployment/testing';
import { eventually, testNats } from '@backstay/local-platform/testing';
import { planned, requested, success } from '@backstay/projections/testing';
import { startTestApi, type TestApi } from '../api.test-support.ts';

describe('the relay', () => {
  let api: TestApi;
  let bus: Bus;
  const heard: string[] = [];

  beforeAll(async () => {
    const nats = await testNats();
    api = await startTestApi({ BACKSTAY_NATS_URL: nats.url });
    bus = await connectBus({ url: nats.url, name: 'test', onStatus: () => undefined });
    bus.nc.subscribe(wakePattern('planning'), {
      callback: (_, message) => void heard.push(readWakeUp(message.data)?.stream ?? ''),
    });
  });

  afterAll(async () => {
    await bus?.close();
    await api?.close();
  });

  const published = async () => {
    const manager = await bus.js.jetstreamManager();
    return (await manager.streams.info('BACKSTAY_EVENTS')).state.messages;
  };

  it('publishes what is recorded', async () => {
    const events = planned({ id: 'sent' }).events;
    await api.record(events);
    await eventually(async () => (await published()) >= events.length);
  });

  it('wakes no phase: whoever appends does', async () => {
    await eventually(async () => /backstay_relay_lag_events\{[^}]*\} 0/.test(await (await api.get('/metrics')).text()));
    expect(heard).not.toContain('deployment-sent');
    await eventually(async () => {
      const id = api.platform.ids();
      await api.platform.deployments.handle(id, exampleRequested({ id }), { actor: { kind: 'system', name: 'spec' } });
      return heard.length > 0;
    });
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
