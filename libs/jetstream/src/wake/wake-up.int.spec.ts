import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, stopTestParts } from '@backstay/local-platform/testing';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { testBus, type TestBus } from '../bus/bus.test-support.ts';
import { wakePattern, wakeSubject } from '../bus/subjects.ts';
import { BusStrategy } from '../consume/bus-strategy.ts';
import { readWakeUp, WakeUps, type WakeUp } from './wake-up.ts';

const cause = { id: 'e1', type: 'RollbackTriggered', stream: 'deployment-1', version: 7, traceparent: 'trace' };

let test: TestBus;
let wakeUps: WakeUps;
const running: INestMicroservice[] = [];
beforeAll(async () => {
  test = await testBus();
  wakeUps = new WakeUps({ nc: test.bus.nc, source: '/backstay/spec', onFault: test.onFault });
});
afterAll(async () => {
  await Promise.all(running.map((app) => app.close()));
  await test.bus.close();
  await stopTestParts();
});

/** A replica of execution that hears its wake-ups as services do. */
async function replica(hear?: (wakeUp: WakeUp) => void): Promise<WakeUp[]> {
  const heard: WakeUp[] = [];
  @Controller()
  class Execution {
    @EventPattern<string>(wakePattern('execution'))
    wake(@Payload() wakeUp: WakeUp): void {
      heard.push(wakeUp);
      hear?.(wakeUp);
    }
  }
  const { bus, onFault } = test;
  const strategy = new BusStrategy({ bus, durable: 'execution', park: () => Promise.resolve(), onFault });
  const module = await Test.createTestingModule({ controllers: [Execution] }).compile();
  const app = module.createNestMicroservice({ strategy, logger: false });
  running.push(app);
  await app.listen();
  await bus.nc.flush();
  return heard;
}

/** A wake-up comes behind all that was published before it on the same connection. */
const settle = async (heard: readonly WakeUp[], stream = 'deployment-last') => {
  wakeUps.publish('execution', { stream, version: 1 }, cause);
  await eventually(() => heard.some((each) => each.stream === stream), 'the last wake-up');
};

describe('wake-ups', () => {
  it('reach every replica of their phase, for only one of them holds the lease', async () => {
    const [one, other] = [await replica(), await replica()];
    wakeUps.publish('execution', { stream: 'deployment-1', version: 7 }, cause);
    wakeUps.publish('rollback', { stream: 'deployment-2', version: 1 }, cause);
    wakeUps.publish('execution', { stream: 'environment-notes-api.production', version: 3 }, cause);
    await Promise.all([settle(one), settle(other)]);
    for (const heard of [one, other])
      expect(heard.slice(0, 2)).toEqual([
        { stream: 'deployment-1', version: 7 },
        { stream: 'environment-notes-api.production', version: 3 },
      ]);
  });

  it('are CloudEvents that name the event which caused them', async () => {
    const bodies: unknown[] = [];
    const subscription = test.bus.nc.subscribe(wakePattern('planning'), {
      callback: (_, message) => void bodies.push(message.json()),
    });
    wakeUps.publish('planning', { stream: 'deployment-2' }, cause);
    await eventually(() => bodies.length === 1, 'the wake-up');
    expect(bodies).toEqual([
      {
        specversion: '1.0',
        id: 'e1',
        source: '/backstay/spec',
        type: 'dev.backstay.rollback-triggered.v1',
        subject: 'deployment-2',
        causestream: 'deployment-1',
        traceparent: 'trace',
      },
    ]);
    subscription.unsubscribe();
  });

  it.each([
    ['no JSON', 'hello'],
    ['no stream', '{"subject":7}'],
    ['a stream that no phase works on', '{"subject":"measurements-1"}'],
    ['a stream without an id', '{"subject":"deployment-"}'],
    ['control characters', '{"subject":"deployment-a\\u0000b"}'],
    ['too much', JSON.stringify({ subject: `deployment-${'x'.repeat(3_000)}` })],
  ])('are passed over when they hold %s', async (_, payload) => {
    expect(readWakeUp(Buffer.from(payload))).toBeNull();
    const heard = await replica();
    test.bus.nc.publish(wakeSubject('execution', 'deployment-forged'), payload);
    await settle(heard, 'deployment-after');
    expect(heard.map(({ stream }) => stream)).toEqual(['deployment-after']);
  });

  it('count as of no known version when they name none', () => {
    expect(readWakeUp(Buffer.from('{"subject":"deployment-1","streamversion":"7"}'))).toEqual({
      stream: 'deployment-1',
    });
  });

  it('are heard on after a handler has failed', async () => {
    const heard = await replica(({ stream }) => {
      if (stream === 'deployment-bad') throw new Error('the handler failed');
    });
    wakeUps.publish('execution', { stream: 'deployment-bad', version: 1 }, cause);
    await settle(heard, 'deployment-good');
    expect(heard.map(({ stream }) => stream)).toEqual(['deployment-bad', 'deployment-good']);
  });

  it('are lost without an error when the connection is closed', async () => {
    const closed = await testBus();
    await closed.bus.close();
    const lost = new WakeUps({ nc: closed.bus.nc, source: '/backstay', onFault: closed.onFault });
    lost.publish('planning', { stream: 'deployment-1', version: 1 }, cause);
    expect(closed.faults).toHaveLength(1);
  });
});
