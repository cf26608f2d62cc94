import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopTestParts } from '@backstay/local-platform/testing';
import { AckPolicy, type PubAck } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { busMessage, toPark, type BusMessage } from '../bus/bus-message.ts';
import { testBus, type TestBus } from '../bus/bus.test-support.ts';
import { ensureStreams, intakeStream } from '../bus/streams.ts';
import { intakeSubject } from '../bus/subjects.ts';
import { decodeIntake, deployRequestedType, sequenceSource } from './decode-intake.ts';
import { encodeHeaderValue } from './header-value.ts';
import { deploymentId } from './identity.ts';
import { publishRequest } from './publish-request.ts';

const request = { document: '# Deployment', environment: 'production', version: '2.4.0' };

let test: TestBus;
beforeAll(async () => {
  test = await testBus();
  await ensureStreams(test.bus.js);
  const jsm = await test.bus.js.jetstreamManager();
  await jsm.consumers.add(intakeStream.name, { durable_name: 'reader', ack_policy: AckPolicy.Explicit });
});
afterAll(async () => {
  await test.bus.close();
  await stopTestParts();
});

async function nextMessage(): Promise<BusMessage> {
  const consumer = await test.bus.js.consumers.get(intakeStream.name, 'reader');
  const message = await consumer.next({ expires: 5_000 });
  if (message === null) throw new Error('no message came');
  message.ack();
  return busMessage(message);
}

function publish(body: unknown, fields: Record<string, string>): Promise<PubAck> {
  const all = headers();
  for (const [name, value] of Object.entries(fields)) all.set(name, value);
  return test.bus.js.publish(intakeSubject, JSON.stringify(body), { headers: all });
}

describe('a published request', () => {
  const published = { request, source: '/cli', id: 'once' };

  it('arrives with the identity that the publisher got', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { ack, deploymentId: id } = await publishRequest(test.bus.js, { ...published, traceparent });
    const intake = decodeIntake(await nextMessage());
    expect(ack).toMatchObject({ stream: intakeStream.name, duplicate: false });
    expect(intake).toMatchObject({ ok: true, request, traceparent });
    expect('origin' in intake && deploymentId(intake.origin)).toBe(id);
  });

  it('is stored once, however often it is published', async () => {
    const again = await publishRequest(test.bus.js, published);
    expect(again.ack.duplicate).toBe(true);
    expect(again.deploymentId).toBe(deploymentId(published));
  });

  it('with another body arrives, so that the conflict is seen', async () => {
    const other = await publishRequest(test.bus.js, { ...published, request: { ...request, version: '2.4.1' } });
    expect(other).toMatchObject({ ack: { duplicate: false }, deploymentId: deploymentId(published) });
    expect(decodeIntake(await nextMessage())).toMatchObject({ ok: true, origin: { source: '/cli', id: 'once' } });
  });

  it('needs a printable identity', async () => {
    await expect(publishRequest(test.bus.js, { ...published, id: 'a\nb' })).rejects.toThrow(TypeError);
  });
});

describe('a message as the server delivers it', () => {
  it('may have its CloudEvents attributes in headers, whatever their case', async () => {
    const source = '/équipe/déploiement';
    await publish(request, {
      'CE-SpecVersion': '1.0',
      'ce-type': deployRequestedType,
      'Ce-Source': encodeHeaderValue(source),
      'ce-id': '7',
      'ce-datacontenttype': 'application/json',
    });
    expect(decodeIntake(await nextMessage())).toMatchObject({ ok: true, origin: { source, id: '7' }, request });
  });

  it('has the same identity each time when it is bare', async () => {
    await publish(request, {});
    const message = await nextMessage();
    const jsm = await test.bus.js.jetstreamManager();
    await jsm.consumers.add(intakeStream.name, { durable_name: 'other', ack_policy: AckPolicy.Explicit });
    const consumer = await test.bus.js.consumers.get(intakeStream.name, 'other');
    const all = await consumer.fetch({ max_messages: message.streamSequence, expires: 5_000 });
    const identities: unknown[] = [];
    for await (const each of all) {
      const intake = decodeIntake(busMessage(each));
      if ('origin' in intake && intake.origin.source === sequenceSource) identities.push(intake);
    }
    expect(identities).toEqual([decodeIntake(message)]);
  });

  it('is parked byte for byte under a name that no other message has', async () => {
    const data = Uint8Array.of(0xff, 0x00, 0xfe);
    await test.bus.js.publish(intakeSubject, data);
    const message = await nextMessage();
    expect(decodeIntake(message)).toEqual({
      ok: false,
      parked: 'the message is not UTF-8: byte 1, in line 1, column 1',
    });
    const { id, bytes, reason } = toPark(message, 'why');
    expect({ bytes: [...bytes], reason }).toEqual({ bytes: [...data], reason: 'why' });
    expect(id).toBe(`BACKSTAY_INTAKE:${message.time}:${message.streamSequence}`);
  });
});
