import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, stopTestParts } from '@backstay/local-platform/testing';
import { AckPolicy } from '@nats-io/jetstream';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { BusMessage, MessageToPark } from '../bus/bus-message.ts';
import { testBus, type TestBus } from '../bus/bus.test-support.ts';
import { ensureStreams, intakeStream } from '../bus/streams.ts';
import { intakeSubject } from '../bus/subjects.ts';
import { RemoteErrorFilter, terminalFault } from './remote-error.ts';
import { JetStreamContext, BusStrategy, type BusStrategyOptions } from './bus-strategy.ts';

type Handle = (message: BusMessage, deliveries: number) => Promise<void>;
const handling: { handle: Handle } = { handle: () => Promise.resolve() };

@Controller()
class Intake {
  @EventPattern<string>(intakeSubject)
  async hear(@Payload() message: BusMessage, @Ctx() context: JetStreamContext): Promise<void> {
    await handling.handle(message, context.getMessage().info.deliveryCount);
  }
}

let test: TestBus;
let heard: string[];
let parked: MessageToPark[];
const running: INestMicroservice[] = [];

const text = ({ data }: BusMessage) => new TextDecoder().decode(data);
const publish = (body: string) => test.bus.js.publish(intakeSubject, body);

async function start(options: Partial<BusStrategyOptions> = {}): Promise<INestMicroservice> {
  const { bus, onFault } = test;
  const park = (message: MessageToPark) => Promise.resolve(parked.push(message));
  const strategy = new BusStrategy({
    bus,
    durable: 'planning',
    park,
    onFault,
    firstDelayMs: 5,
    noticeMs: 1_000,
    ...options,
  });
  const module = await Test.createTestingModule({ controllers: [Intake] }).compile();
  const app = module.createNestMicroservice({ strategy, logger: false });
  app.useGlobalFilters(new RemoteErrorFilter());
  await app.listen();
  running.push(app);
  return app;
}

const unsettled = async (): Promise<number> => {
  const jsm = await test.bus.js.jetstreamManager();
  const name = 'planning-backstay-deploy-requested';
  // A consumer that is not there yet has settled nothing.
  const consumer = await jsm.consumers.info(intakeStream.name, name).catch(() => null);
  return consumer === null ? Infinity : consumer.num_ack_pending + consumer.num_pending;
};

beforeEach(async () => {
  test = await testBus();
  heard = [];
  parked = [];
  handling.handle = (message) => Promise.resolve(void heard.push(text(message)));
  await ensureStreams(test.bus.js);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
  await test.bus.close();
  await stopTestParts();
});

describe('a handler', () => {
  it('gets the message and has it acknowledged when it returns', async () => {
    await publish('before it started');
    await start();
    await publish('later');
    await eventually(() => heard.length === 2, 'both');
    expect(heard).toEqual(['before it started', 'later']);
    await eventually(async () => (await unsettled()) === 0, 'acknowledged');
  });

  it('gets the requests of all publishers, in the order of the stream, also by a consumer of earlier versions', async () => {
    const jsm = await test.bus.js.jetstreamManager();
    await publish('settled before');
    const name = 'planning-backstay-deploy-requested';
    const earlier = { durable_name: name, ack_policy: AckPolicy.Explicit, filter_subject: intakeSubject };
    await jsm.consumers.add(intakeStream.name, { ...earlier, max_ack_pending: 1 });
    await (await (await test.bus.js.consumers.get(intakeStream.name, name)).next())?.ackAck();
    await publish('of nobody');
    for (const publisher of ['b', 'a']) await test.bus.js.publish(`${intakeSubject}.${publisher}`, `of ${publisher}`);
    await publish('of nobody again');
    await start();
    await eventually(async () => heard.length === 4 && (await unsettled()) === 0, 'all of them');
    expect(heard).toEqual(['of nobody', 'of b', 'of a', 'of nobody again']);
  });

  it('that throws a terminal fault has the message parked with its bytes, and never sees it again', async () => {
    handling.handle = (message) => {
      heard.push(text(message));
      throw terminalFault('not to be read');
    };
    await start();
    await publish('bad');
    await eventually(async () => parked.length === 1 && (await unsettled()) === 0, 'settled');
    await publish('next');
    await eventually(() => heard.includes('next'), 'the next');
    expect(heard).toEqual(['bad', 'next']);
    expect(parked[0]).toMatchObject({
      subject: intakeSubject,
      reason: 'not to be read',
      id: expect.stringMatching(/^BACKSTAY_INTAKE:.*:1$/),
    });
    expect(Buffer.from(parked[0]?.bytes ?? []).toString()).toBe('bad');
  });

  it('that fails in passing gets the message again', async () => {
    handling.handle = (message, deliveries) => {
      heard.push(`${text(message)} ${deliveries}`);
      return deliveries < 3 ? Promise.reject(new Error('database away')) : Promise.resolve();
    };
    await start();
    await publish('a');
    await eventually(async () => heard.length === 3 && (await unsettled()) === 0, 'settled');
    expect(heard).toEqual(['a 1', 'a 2', 'a 3']);
    expect(parked).toEqual([]);
    expect(test.faults.map(({ error }) => error.message)).toEqual(['database away', 'database away']);
  });

  it('that fails for ever has the message parked after the last delivery', async () => {
    handling.handle = () => Promise.reject(new Error('database away'));
    await start({ maxDeliveries: 3 });
    await publish('a');
    await eventually(async () => parked.length === 1 && (await unsettled()) === 0, 'settled');
    expect(parked[0]?.reason).toBe('database away');
    expect(test.faults.map(({ failures }) => failures)).toEqual([1, 2, 3]);
  });

  it('loses no message that cannot be parked', async () => {
    let refusals = 2;
    handling.handle = () => Promise.reject(terminalFault('bad'));
    await start({
      park: (message) => {
        if (refusals-- > 0) return Promise.reject(new Error('no place'));
        return Promise.resolve(parked.push(message));
      },
    });
    await publish('bad');
    await eventually(async () => parked.length === 1 && (await unsettled()) === 0, 'parked at last');
    expect(test.faults.filter(({ operation }) => operation === 'park')).toHaveLength(2);
  });

  it('takes the message after all when for a while it could be neither handled nor parked', async () => {
    let away = true;
    handling.handle = (message) =>
      away ? Promise.reject(new Error('database away')) : Promise.resolve(void heard.push(text(message)));
    await start({
      maxDeliveries: 2,
      park: (message) => (away ? Promise.reject(new Error('database away')) : Promise.resolve(parked.push(message))),
    });
    await publish('patient');
    await eventually(() => test.faults.some(({ failures }) => failures > 2), 'beyond the last delivery');
    away = false;
    await eventually(async () => (await unsettled()) === 0, 'settled');
    expect(heard).toEqual(['patient']);
    expect(parked).toEqual([]);
  });

  it('has no message skipped for what the platform cannot do, however long that lasts', async () => {
    let able = false;
    handling.handle = (message, deliveries) => {
      if (!able) return Promise.reject(new Error('database away'));
      return Promise.resolve(void heard.push(`${text(message)} ${deliveries > 4 ? 'late' : 'at once'}`));
    };
    await start({ maxDeliveries: 2, isAble: () => Promise.resolve(able) });
    await publish('first');
    await publish('second');
    await eventually(() => test.faults.some(({ failures }) => failures > 4), 'beyond the last delivery');
    expect(test.faults.every(({ operation }) => operation.startsWith('handle'))).toBe(true);
    able = true;
    await eventually(async () => (await unsettled()) === 0, 'settled');
    expect(heard).toEqual(['first late', 'second at once']);
    expect(parked).toEqual([]);
  });

  it('is waited for when the service closes, and takes no further message', async () => {
    let finish: () => void = () => undefined;
    handling.handle = (message) => {
      heard.push(text(message));
      return new Promise((resolve) => (finish = resolve));
    };
    // What was sent to the closed one, and not yet taken up there, is sent again after this.
    const ackWaitMs = 2_000;
    const app = await start({ ackWaitMs });
    await publish('one');
    await publish('two');
    await eventually(() => heard.length === 1, 'begun');
    const closing = app.close();
    finish();
    await closing;
    running.splice(0);
    expect(heard).toEqual(['one']);
    handling.handle = (message) => Promise.resolve(void heard.push(text(message)));
    await start({ ackWaitMs });
    await eventually(() => heard.includes('two'), 'the other one');
    expect(heard).toEqual(['one', 'two']);
  });
});

describe('the order', () => {
  const consumer = async () =>
    (await test.bus.js.jetstreamManager()).consumers.info(intakeStream.name, 'planning-backstay-deploy-requested');

  it('is the broker’s over all replicas, also while the first message is slow', async () => {
    let finish: () => void = () => undefined;
    handling.handle = (message) => {
      heard.push(text(message));
      return text(message) === 'first' ? new Promise((resolve) => (finish = resolve)) : Promise.resolve();
    };
    await start();
    await start();
    await publish('first');
    await publish('second');
    await eventually(() => heard.includes('first'), 'begun');
    expect(await consumer()).toMatchObject({ num_ack_pending: 1, num_pending: 1, config: { max_ack_pending: 1 } });
    expect(heard).toEqual(['first']);
    finish();
    await eventually(async () => (await unsettled()) === 0, 'settled');
    expect(heard).toEqual(['first', 'second']);
  });

  it('is kept while a message fails and is delivered again', async () => {
    handling.handle = (message, deliveries) => {
      heard.push(`${text(message)} ${deliveries}`);
      const fails = text(message) === 'first' && deliveries < 4;
      return fails ? Promise.reject(new Error('database away')) : Promise.resolve();
    };
    await start();
    await start();
    for (const each of ['first', 'second', 'third']) await publish(each);
    await eventually(async () => heard.includes('third 1') && (await unsettled()) === 0, 'settled');
    expect(heard).toEqual(['first 1', 'first 2', 'first 3', 'first 4', 'second 1', 'third 1']);
  });

  it('is given to a consumer that an earlier version made without it', async () => {
    const jsm = await test.bus.js.jetstreamManager();
    const name = 'planning-backstay-deploy-requested';
    await jsm.consumers.add(intakeStream.name, { durable_name: name, ack_policy: AckPolicy.Explicit });
    await start();
    await publish('one');
    await eventually(() => heard.includes('one'), 'heard');
    expect((await consumer()).config.max_ack_pending).toBe(1);
  });
});

describe('replicas', () => {
  it('share the messages', async () => {
    await start();
    await start();
    for (let index = 0; index < 50; index += 1) await publish(String(index));
    await eventually(async () => heard.length >= 50 && (await unsettled()) === 0, 'all');
    expect(new Set(heard).size).toBe(50);
    expect(heard).toHaveLength(50);
  });
});

describe('a broker that forgets', () => {
  const hearsAgain = async () => {
    let index = 0;
    await eventually(async () => {
      await publish(`again ${(index += 1)}`).catch(() => undefined);
      return heard.some((each) => each.startsWith('again'));
    }, 'heard again');
  };

  it('has stream and consumer made anew after its store was deleted', async () => {
    await start();
    await publish('a');
    await eventually(() => heard.includes('a'), 'heard');
    await test.nats.restart({ wipe: true });
    await hearsAgain();
  });

  it('has them made anew when the stream is deleted while it runs', async () => {
    await start();
    await publish('a');
    await eventually(() => heard.includes('a'), 'heard');
    const jsm = await test.bus.js.jetstreamManager();
    await jsm.streams.delete(intakeStream.name);
    await hearsAgain();
  });

  it('has the consumer made anew when it is deleted', async () => {
    await start();
    await publish('a');
    await eventually(() => heard.includes('a'), 'heard');
    const jsm = await test.bus.js.jetstreamManager();
    await jsm.consumers.delete(intakeStream.name, 'planning-backstay-deploy-requested');
    await hearsAgain();
  });
});
