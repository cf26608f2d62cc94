import type { DeployRequest } from '@backstay/deployment';
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { createInbox, errors, headers } from '@nats-io/transport-node';
import type { Bus } from '../bus/connect-bus.ts';
import { intakeStream } from '../bus/streams.ts';
import { deployRequestedType } from './decode-intake.ts';
import { bodyDigest, deploymentId, type Origin } from './identity.ts';
import { subjectOfPublisher } from './publisher.ts';
import { readReply, replyHeader, type IntakeReply } from './reply.ts';

export interface RequestToPublish extends Origin {
  readonly request: DeployRequest;
  /** W3C trace context of the caller. */
  readonly traceparent?: string;
  /** The inbox in which the caller hears what became of it; it is stored again then, where it was published before. */
  readonly replyTo?: string;
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
  const { request, source, id, traceparent, publisher, replyTo } = published;
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
  const fields = cloudEventHeaders(traceparent);
  if (replyTo !== undefined) fields.set(replyHeader, replyTo);
  const publishing = js.publish(subjectOfPublisher(publisher), JSON.stringify(event), {
    ...attempts,
    // Another body under the same identity must arrive: it is a conflict that an operator sees. So must each that wants a reply.
    msgID: [deployment, bodyDigest(request), ...(replyTo === undefined ? [] : [replyTo])].join('/'),
    headers: fields,
    expect: { streamName: intakeStream.name },
  });
  return { ack: await publishing.catch((thrown: unknown) => explain(thrown, attempts)), deploymentId: deployment };
}

export interface HeardRequest extends PublishedRequest {
  /** Null where none came in time: the request is stored, and what becomes of it is still to be seen. */
  readonly reply: IntakeReply | null;
}

/** As `publishRequest`; then it waits for planning's reply. @param patience ends the wait */
export async function publishAndHear(
  { js, nc }: Pick<Bus, 'js' | 'nc'>,
  published: Omit<RequestToPublish, 'replyTo'>,
  patience: () => AbortSignal,
): Promise<HeardRequest> {
  const replyTo = createInbox();
  const replies = nc.subscribe(replyTo);
  const stop = () => replies.unsubscribe();
  try {
    const stored = await publishRequest(js, { ...published, replyTo });
    const signal = patience();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for await (const { data } of replies) {
      const reply = readReply(data);
      if (reply !== null) return { ...stored, reply };
    }
    return { ...stored, reply: null };
  } finally {
    stop();
  }
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
