import { describe, expect, it } from '@jest/globals';
import { deploymentAggregate, measurementsAggregate } from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import { AggregateRepository, InMemoryEventStore } from '@backstay/event-sourcing';
import { childOf, sha256, type Platform } from '@backstay/service-kit';
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
    childTrace: childOf,
  };
  const deployments = new AggregateRepository(deploymentAggregate, ports);
  const measurements = new AggregateRepository(measurementsAggregate, ports);
  await deployments.handle('d-1', exampleRequested({ id: 'd-1' }), {
    actor: { kind: 'system', name: 'spec' },
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  });
  const platform = { store, deployments, measurements } as unknown as Platform;
  return { store, watcher: () => new Measurements(platform, 'd-1') };
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
});
