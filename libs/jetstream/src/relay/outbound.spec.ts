import { describe, expect, it } from 'vitest';
import { HTTP, type CloudEvent } from 'cloudevents';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { cdEventOf } from './cd-events.ts';
import { isPublished, outboundEvent } from './outbound.ts';

const event = (type: string, data: unknown, more: Partial<RecordedEvent> = {}): RecordedEvent => ({
  id: '8a1c4c0e-3a4b-4c6c-9d57-0f4d9e3a2b11',
  stream: 'deployment-7d0c',
  version: 12,
  type,
  data,
  time: '2026-01-01T00:00:00.000Z',
  actor: { kind: 'service', name: 'execution' },
  correlation: '7d0c',
  causation: 'before',
  hash: 'beef',
  cursor: '1-2',
  ...more,
});

const body = (outbound: { body: string } | null) => JSON.parse(outbound?.body ?? 'null') as Record<string, unknown>;

const readBySdk = ({ body }: { body: string }) =>
  HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body }) as CloudEvent;

describe('a recorded event on the bus', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const failed = event('StepFailed', { step: 'deploy.3' }, { traceparent });

  it('is a CloudEvent that holds all that was recorded', () => {
    const outbound = outboundEvent(failed, '/backstay', 10_000);
    expect(outbound).toMatchObject({ id: failed.id, subject: 'backstay.events.step-failed.7d0c', traceparent });
    expect(body(outbound)).toEqual({
      specversion: '1.0',
      id: failed.id,
      source: '/backstay',
      type: 'dev.backstay.step-failed.v1',
      subject: 'deployment-7d0c',
      time: failed.time,
      datacontenttype: 'application/json',
      streamversion: 12,
      actorkind: 'service',
      actorname: 'execution',
      correlationid: '7d0c',
      causationid: 'before',
      eventhash: 'beef',
      traceparent,
      data: { step: 'deploy.3' },
    });
  });

  it('is valid for the SDK of CloudEvents, which reads the same', () => {
    const outbound = outboundEvent(failed, '/backstay', 10_000);
    const read = readBySdk(outbound);
    expect(read.validate()).toBe(true);
    expect(JSON.parse(JSON.stringify(read))).toEqual(body(outbound));
  });

  it('has the type and the data that its hash covers, whatever shape they have today', () => {
    const renamed = { ...failed, stored: { type: 'StepBroken', data: { number: 3 } } };
    expect(outboundEvent(renamed, '/backstay', 10_000)).toMatchObject({ subject: 'backstay.events.step-broken.7d0c' });
    expect(body(outboundEvent(renamed, '/backstay', 10_000))).toMatchObject({
      type: 'dev.backstay.step-broken.v1',
      data: { number: 3 },
    });
  });

  it('refers to its data when they are too large', () => {
    const large = event('PlanDrafted', { plan: 'x'.repeat(2_000) });
    const sent = body(outboundEvent(large, '/backstay', 1_000));
    expect(sent).toMatchObject({ dataref: `/v1/deployments/7d0c/audit-trail#${large.id}` });
    expect(sent).not.toHaveProperty('data');
  });

  it('is published for deployments and environments, not for measurements', () => {
    expect(isPublished({ stream: 'deployment-7d0c' })).toBe(true);
    expect(isPublished({ stream: 'environment-notes-api.production' })).toBe(true);
    expect(isPublished({ stream: 'measurements-7d0c' })).toBe(false);
  });
});

describe('the end of a deployment as a CDEvent', () => {
  const release = (version: string) => ({ version, commit: null, release: null, deployment: null });
  const planned = (previous: object | null) =>
    event('DeploymentPlanned', { service: 'notes-api', environment: 'production', version: '2.4.0', previous });
  const succeeded = event('DeploymentSucceeded', { release: release('2.4.0') });

  it('is a deployment of the service when nothing ran before', () => {
    const translated = cdEventOf(succeeded, [planned(null), succeeded], '/backstay');
    expect(translated?.subject).toBe('backstay.cdevents.dev.cdevents.service.deployed');
    expect(body(translated)).toMatchObject({
      specversion: '1.0',
      id: translated?.id,
      type: 'dev.cdevents.service.deployed.0.3.0',
      subject: 'service/notes-api',
      data: {
        context: {
          specversion: '0.5.0',
          id: translated?.id,
          chainId: '7d0c',
          source: '/backstay',
          type: 'dev.cdevents.service.deployed.0.3.0',
          timestamp: succeeded.time,
        },
        subject: {
          id: 'service/notes-api',
          content: { environment: { id: 'production' }, artifactId: 'pkg:generic/notes-api@2.4.0' },
        },
      },
    });
  });

  it('is an upgrade when something ran before', () => {
    const translated = cdEventOf(succeeded, [planned(release('2.3.1'))], '/backstay');
    expect(readBySdk(translated ?? { body: '' }).validate()).toBe(true);
    expect(translated?.subject).toBe('backstay.cdevents.dev.cdevents.service.upgraded');
  });

  it('is a rollback to the restored version, verified or not', () => {
    const data = { restored: release('2.3.1'), verified: false, reason: 'error rate' };
    const translated = cdEventOf(event('DeploymentRolledBack', data), [planned(release('2.3.1'))], '/backstay');
    expect(translated?.subject).toBe('backstay.cdevents.dev.cdevents.service.rolledback');
    expect(body(translated)).toMatchObject({
      data: {
        subject: { content: { artifactId: 'pkg:generic/notes-api@2.3.1' } },
        customData: { verified: false, reason: 'error rate' },
      },
    });
  });

  it('has an id of its own, the same each time', () => {
    const ids = [0, 1].map(() => cdEventOf(succeeded, [planned(null)], '/backstay')?.id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(succeeded.id);
  });

  it('is no CDEvent when nothing was restored', () => {
    const data = { restored: null, verified: true, reason: 'x' };
    expect(cdEventOf(event('DeploymentRolledBack', data), [planned(null)], '/backstay')).toBeNull();
  });
});
