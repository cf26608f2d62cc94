import { describe, expect, it } from 'vitest';
import { deploymentAggregate, measurementsAggregate } from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import {
  AggregateRepository,
  InMemoryEventStore,
  UnknownEvent,
  seal,
  type DomainEvent,
} from '@backstay/event-sourcing';
import { sha256, traceAppend, type Platform } from '@backstay/service-kit';
import { Measurements } from './measurements.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const time = '2026-01-01T00:00:00.000Z';

async function stage() {
  let last = 0;
  const store = new InMemoryEventStore();
  const ports = {
    store,
    ids: () => String((last += 1)),
    digest: sha256,
    now: () => time,
    traceAppend,
  };
  const deployments = new AggregateRepository(deploymentAggregate, ports);
  const measurements = new AggregateRepository(measurementsAggregate, ports);
  await deployments.handle('d-1', exampleRequested({ id: 'd-1' }), {
    actor: { kind: 'system', name: 'spec' },
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  });
  const platform = { deployments, measurements } as unknown as Platform;
  const record = async (stream: string, event: DomainEvent) => {
    const head = (await store.read(stream)).at(-1)!;
    const metadata = { commandId: 'x', time, actor: { kind: 'system', name: 'spec' }, correlation: 'd-1' } as const;
    const events = seal(stream, head, [event], { ...metadata, causation: null }, ports.ids, sha256);
    await store.append({ stream, expectedVersion: head.version, commandId: 'x', events });
  };
  return { store, record, watcher: () => new Measurements(platform, 'd-1') };
}

describe('measurements', () => {
  it('stand in the trace of the request', async () => {
    const { store, watcher } = await stage();
    const measurements = watcher();
    await measurements.append({ time, samples: [] });
    const [taken] = await store.read(measurements.stream);
    expect(taken?.traceparent).toMatch(new RegExp(`^00-${traceId}-`));
  });

  it('are not taken twice for one tick by two watchers', async () => {
    const { store, watcher } = await stage();
    const [one, other] = [watcher(), watcher()];
    await one.append({ time, samples: [] });
    await expect(other.append({ time, samples: [] })).rejects.toMatchObject({ code: 'measured-meanwhile' });
    expect(await other.newer()).toHaveLength(1);
    await other.append({ time, samples: [] });
    expect(await store.read(other.stream)).toHaveLength(2);
  });

  it.each([
    ['that a newer version recorded', { type: 'MeasurementsAveraged', data: { at: time, samples: [] } }],
    ['of another kind of stream', { type: 'DeploymentFailed', data: { reason: 'slow', at: time } }],
  ])('with an event %s are not judged on: a rollback might rest on half of them', async (_, strange) => {
    const { store, record, watcher } = await stage();
    const measurements = watcher();
    await measurements.append({ time, samples: [] });
    await record(measurements.stream, strange);
    await expect(measurements.newer()).rejects.toBeInstanceOf(UnknownEvent);
    await expect(watcher().newer()).rejects.toBeInstanceOf(UnknownEvent);
    await expect(measurements.append({ time, samples: [] })).rejects.toBeInstanceOf(UnknownEvent);
    expect(await store.read(measurements.stream)).toHaveLength(2);
  });
});
