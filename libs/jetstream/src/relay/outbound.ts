import { routes, urlOf } from '@backstay/api-contract';
import { asStored, parseStreamName, type RecordedEvent } from '@backstay/event-sourcing';
import { cloudEventType, eventSubject } from '../bus/subjects.ts';

/** Something to be published; `id` is the broker's de-duplication key. */
export interface Outbound {
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  readonly traceparent?: string;
}

/** Whether others hear of a stream. Measurements stay inside: what counts of them is repeated in the deployment's stream. */
export const isPublished = ({ stream }: Pick<RecordedEvent, 'stream'>): boolean =>
  ['deployment', 'environment'].includes(parseStreamName(stream).category);

/**
 * A recorded event as a structured CloudEvent: `type` and `data` are those that are stored, the extensions hold everything else that was
 * recorded, so that the hash chain can be checked from the bus. Data beyond `maxBytes` are replaced by `dataref`.
 */
export function outboundEvent(recorded: RecordedEvent, source: string, maxBytes: number): Outbound {
  const event = asStored(recorded);
  const { id, type, stream, data, traceparent } = event;
  const message = JSON.stringify({ ...attributesOf(event, source), data });
  const body =
    Buffer.byteLength(message) <= maxBytes
      ? message
      : JSON.stringify({ ...attributesOf(event, source), dataref: dataref(event) });
  return { id, subject: eventSubject(type, stream), body, ...(traceparent === undefined ? {} : { traceparent }) };
}

function attributesOf(
  { id, type, stream, version, time, actor, correlation, causation, traceparent, hash }: RecordedEvent,
  source: string,
) {
  return {
    specversion: '1.0',
    id,
    source,
    type: cloudEventType(type),
    subject: stream,
    time,
    datacontenttype: 'application/json',
    streamversion: version,
    actorkind: actor.kind,
    actorname: actor.name,
    ...(actor.claimed === undefined ? {} : { actorclaimed: actor.claimed }),
    correlationid: correlation,
    ...(causation === null ? {} : { causationid: causation }),
    eventhash: hash,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

const dataref = ({ stream, id }: RecordedEvent): string => {
  const { category, id: deployment } = parseStreamName(stream);
  return category === 'deployment'
    ? `${urlOf(routes.getAuditTrail, { params: { id: deployment } })}#${id}`
    : urlOf(routes.listEnvironments, {});
};
