import type { DeployRequest } from '@backstay/deployment';
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { intakeStream } from '../bus/streams.ts';
import { deployRequestedType } from './decode-intake.ts';
import { bodyDigest, deploymentId, type Origin } from './identity.ts';
import { subjectOfPublisher } from './publisher.ts';

export interface RequestToPublish extends Origin {
  readonly request: DeployRequest;
  /** W3C trace context of the caller. */
  readonly traceparent?: string;
}

export interface PublishedRequest {
  readonly ack: PubAck;
  readonly deploymentId: string;
}

/**
 * Asks for a deployment, as a structured CloudEvent. The same source and id with the same request is one deployment, however
 * often it is published.
 * @throws {TypeError} when source or id is empty or has control characters, or the publisher has no possible name. @throws when the broker did not store it.
 */
export async function publishRequest(js: JetStreamClient, published: RequestToPublish): Promise<PublishedRequest> {
  const { request, source, id, traceparent, publisher } = published;
  const deployment = deploymentId(published);
  const event = {
    specversion: '1.0',
    type: deployRequestedType,
    source,
    id,
    datacontenttype: 'application/json',
    ...(traceparent === undefined ? {} : { traceparent }),
    data: request,
  };
  const ack = await js.publish(subjectOfPublisher(publisher), JSON.stringify(event), {
    // Another body under the same identity must arrive: it is a conflict that an operator sees, not a duplicate.
    msgID: `${deployment}/${bodyDigest(request)}`,
    headers: cloudEventHeaders(traceparent),
    expect: { streamName: intakeStream.name },
  });
  return { ack, deploymentId: deployment };
}

/** Headers of a structured CloudEvent. */
export function cloudEventHeaders(traceparent?: string) {
  const all = headers();
  all.set('Content-Type', 'application/cloudevents+json');
  if (traceparent !== undefined) all.set('traceparent', traceparent);
  return all;
}
