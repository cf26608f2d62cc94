import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deployRequestSchema, eventTypes, isPublishedType, phases } from '@backstay/deployment';
import { parse } from 'yaml';
import { z } from 'zod';
import { eventsStream, intakeStream } from './bus/streams.ts';
import { cdEventsPrefix, cloudEventType, eventsPrefix, intakeSubject, kebab, wakePrefix } from './bus/subjects.ts';
import { consumerDefaults, mostInWork } from './consume/bus-strategy.ts';
import { deployRequestedType } from './intake/decode-intake.ts';
import { inboxPattern, longestInbox, replyHeader, replySchema } from './intake/reply.ts';
import { cdEventTypes, cdEventVersion, cdSpecVersion } from './relay/cd-events.ts';

interface Channel {
  readonly address: string | null;
  readonly parameters?: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
  readonly 'x-jetstream'?: { readonly consumer?: object };
}
type Described = Readonly<Record<string, { readonly [member: string]: unknown }>>;
interface Document {
  readonly channels: Readonly<Record<'deployRequested' | 'events' | 'cdevents' | 'wakeUps', Channel>>;
  readonly operations: Readonly<Record<string, { readonly channel: { readonly $ref: string } }>>;
  readonly components: { readonly schemas: Described; readonly messages: Described };
}

const text = readFileSync(new URL('../../../docs/asyncapi.yaml', import.meta.url), 'utf8');
const document = parse(text, { maxAliasCount: 10 }) as Document;
const { channels, components } = document;

const publishedTypes = eventTypes.filter(isPublishedType);

const described = (stream: typeof intakeStream | typeof eventsStream) => ({
  stream: stream.name,
  subjects: stream.subjects,
  storage: stream.storage,
  retention: stream.retention,
  discard: stream.discard,
  maxAgeSeconds: stream.max_age / 1e9,
  maxBytes: stream.max_bytes,
  maxMessageBytes: stream.max_msg_size,
  duplicateWindowSeconds: stream.duplicate_window / 1e9,
});

describe('the AsyncAPI document', () => {
  it('has the subjects of the code', () => {
    expect(Object.values(channels).map(({ address }) => address)).toEqual([
      `${intakeSubject}.{publisher}`,
      null,
      `${eventsPrefix}.{type}.{id}`,
      `${cdEventsPrefix}.{type}`,
      `${wakePrefix}.{phase}.{stream}`,
    ]);
  });

  it('has the streams and the consumer of the code', () => {
    const { ackWaitMs, maxDeliveries } = consumerDefaults;
    const { consumer, ...intake } = channels.deployRequested['x-jetstream'] ?? {};
    expect(intake).toEqual(described(intakeStream));
    expect(consumer).toMatchObject({
      ackWaitSeconds: ackWaitMs / 1000,
      maxAckPending: mostInWork,
      deliveriesBeforeParking: maxDeliveries,
    });
    expect(channels.events['x-jetstream']).toEqual(described(eventsStream));
    expect(channels.cdevents['x-jetstream']).toEqual(described(eventsStream));
    expect(channels.wakeUps).not.toHaveProperty('x-jetstream');
  });

  it('lists every event that is published, and no other, as `npm run schemas` writes it', () => {
    expect(publishedTypes).toHaveLength(eventTypes.length - 3);
    expect(publishedTypes).not.toContain('MeasurementsTaken');
    expect(publishedTypes).not.toContain('PruningStarted');
    expect(channels.events.parameters?.['type']?.enum).toEqual(publishedTypes.map(kebab));
    expect(components.schemas['EventType']?.['enum']).toEqual(publishedTypes.map(cloudEventType));
  });

  it('lists the phases that hear wake-ups', () => {
    expect(channels.wakeUps.parameters?.['phase']?.enum).toEqual(phases);
  });

  it('lists the CDEvents with their versions', () => {
    const cdEvent = components.schemas['CdEvent'];
    expect(channels.cdevents.parameters?.['type']?.enum).toEqual(cdEventTypes);
    expect(cdEvent).toMatchObject({
      properties: {
        type: { enum: cdEventTypes.map((each) => `${each}.${cdEventVersion}`) },
        data: { properties: { context: { properties: { specversion: { const: cdSpecVersion } } } } },
      },
    });
  });

  it('has the schema of a request as the code checks it', () => {
    const { $schema: _, ...schema } = z.toJSONSchema(deployRequestSchema);
    expect(components.schemas['DeployRequest']).toEqual(schema);
    expect(components.messages['deployRequestedStructured']).toMatchObject({
      payload: { properties: { type: { const: deployRequestedType } } },
    });
  });

  it('has the reply to a request as the code checks it, and where it goes', () => {
    const { $schema: _, ...schema } = z.toJSONSchema(replySchema);
    expect(components.schemas['Reply']).toEqual(schema);
    expect(components.schemas['Inbox']).toMatchObject({ pattern: inboxPattern.source, maxLength: longestInbox });
    expect(document.operations['hearRequest']).toMatchObject({
      reply: { address: { location: `$message.header#/${replyHeader}` } },
    });
  });

  it('refers to nothing that is not in it', () => {
    const references = [...text.matchAll(/\$ref: '#\/([^']+)'/g)].map(([, path]) => path ?? '');
    const missing = references.filter(
      (path) =>
        path.split('/').reduce<unknown>((at, key) => (at as Described | undefined)?.[key], document) === undefined,
    );
    expect(references.length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });
});
