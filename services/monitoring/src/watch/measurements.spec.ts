import { describe, expect, it } from '@jest/globals';
import { deploymentStream } from '@backstay/deployment';
import { emptyHead, InMemoryEventStore, seal } from '@backstay/event-sourcing';
import { sha256, type Platform } from '@backstay/service-kit';
import { Measurements } from './measurements.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('measurements', () => {
  it('stand in the trace of the request', async () => {
    let last = 0;
    const ids = () => String((last += 1));
    const store = new InMemoryEventStore() as unknown as Platform['store'];
    const time = '2026-01-01T00:00:00.000Z';
    const metadata = {
      commandId: ids(),
      time,
      actor: { kind: 'system', name: 'spec' },
      correlation: 'd-1',
      causation: null,
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    } as const;
    const stream = deploymentStream('d-1');
    const events = seal(stream, emptyHead, [{ type: 'DeploymentRequested', data: {} }], metadata, ids, sha256);
    await store.append({ stream, expectedVersion: 0, commandId: metadata.commandId, events });
    const measurements = new Measurements({ store, ids, digest: sha256 }, 'd-1');
    await measurements.append({ time, samples: [] });
    const [taken] = await store.read(measurements.stream);
    expect(taken?.traceparent).toMatch(new RegExp(`^00-${traceId}-`));
  });
});
