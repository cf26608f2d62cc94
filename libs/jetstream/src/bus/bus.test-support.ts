import { setTimeout as sleep } from 'node:timers/promises';
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

/** Waits until the answer is neither false nor null nor undefined, for twenty seconds at most. */
export async function eventually<T>(what: string, ask: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`did not happen in time: ${what}`);
    await sleep(20);
  }
}
