import { testNats } from '@backstay/local-platform/testing';
import { connectBus, type Bus, type BusStatus } from './connect-bus.ts';
import type { Fault } from './faults.ts';

export interface TestBus {
  readonly bus: Bus;
  readonly nats: Awaited<ReturnType<typeof testNats>>;
  readonly statuses: BusStatus[];
  readonly faults: Fault[];
  readonly onFault: (fault: Fault) => void;
}

/** A server of its own and a connection to it. */
export async function testBus(): Promise<TestBus> {
  const nats = await testNats();
  const statuses: BusStatus[] = [];
  const faults: Fault[] = [];
  const bus = await connectBus({ url: nats.url, name: 'test', onStatus: (status) => void statuses.push(status) });
  return { bus, nats, statuses, faults, onFault: (fault) => void faults.push(fault) };
}
