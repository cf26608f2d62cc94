import type { DeployRequest } from '@backstay/deployment';
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { errors, headers } from '@nats-io/transport-node';
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

/** How often a request is sent, and how long each time waits for its acknowledgement, in milliseconds. */
export interface Attempts {
  readonly retries: number;
  readonly timeout: number;
}

const usualAttempts: Attempts = { retries: 6, timeout: 2_500 };

/**
 * Asks for a deployment, as a structured CloudEvent. The same source and id with the same request is one deployment, however
 * often it is published; so it is sent again while nobody acknowledges it, as where NATS or planning has just been started.
 * @throws {TypeError} when source or id is empty or has control characters, or the publisher has no possible name. @throws when the broker did not store it.
 */
export async function publishRequest(
  js: JetStreamClient,
  published: RequestToPublish,
  attempts = usualAttempts,
): Promise<PublishedRequest> {
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
  const publishing = js.publish(subjectOfPublisher(publisher), JSON.stringify(event), {
    ...attempts,
    // Another body under the same identity must arrive: it is a conflict that an operator sees, not a duplicate.
    msgID: `${deployment}/${bodyDigest(request)}`,
    headers: cloudEventHeaders(traceparent),
    expect: { streamName: intakeStream.name },
  });
  return { ack: await publishing.catch((thrown: unknown) => explain(thrown, attempts)), deploymentId: deployment };
}

// Between accounts nobody says that a stream is missing: there is silence.
function explain(thrown: unknown, { retries, timeout }: Attempts): never {
  if (!(thrown instanceof errors.TimeoutError)) throw thrown;
  const seconds = (retries * timeout) / 1000;
  const why = `nobody acknowledged it in ${seconds} s: planning makes the stream ${intakeStream.name} when it starts`;
  throw new Error(why, { cause: thrown });
}

/** Headers of a structured CloudEvent. */
export function cloudEventHeaders(traceparent?: string) {
  const all = headers();
  all.set('Content-Type', 'application/cloudevents+json');
  if (traceparent !== undefined) all.set('traceparent', traceparent);
  return all;
}
