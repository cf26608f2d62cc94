import { placeOfUrl } from '@backstay/document';
import { guardedFetch, type GuardedFetch } from '@backstay/guarded-io';
import { deliver, type Delivery } from '@backstay/notices';
import { withinTime } from './bounded.ts';
import { resolverOf } from './step-environment.ts';
import { failed, succeeded, type StepEnd } from './step-end.ts';
import { keyOf, type StepDeployment, type StepGround, type StepTask } from './step-task.ts';

export interface Announcement {
  /** The same for every attempt. */
  readonly id: string;
  readonly kind: string;
  readonly channel: string;
  readonly text: string;
}

/** Delivers to a channel of the profile. A channel without a destination, or with one of a kind unknown here, is not delivered to. */
export async function announce(
  { id, kind, channel, text }: Announcement,
  { id: deployment, plan }: Pick<StepDeployment, 'id' | 'plan'>,
  ground: StepGround,
  signal?: AbortSignal,
): Promise<Delivery> {
  const destination = plan.channels[channel];
  if (destination === undefined)
    return { delivered: false, detail: `the channel ${channel} has no destination in this environment`, attempts: 0 };
  const { service, version, environment } = plan;
  const notice = { id, kind, text, deployment: { id: deployment, service, version, environment } };
  const options = {
    fetch: toDestination,
    resolver: resolverOf(ground, environment),
    logger: ground.logger,
    signal,
  };
  return deliver(destination, notice, options).catch((error: Error) => ({
    delivered: false,
    detail: error.message,
    attempts: 0,
  }));
}

/** Where a channel leads is the profile's word, or that of who keeps its secret: exactly that host is called. */
const toDestination: GuardedFetch = (url, request) =>
  guardedFetch({ allow: [placeOfUrl(url)?.shown ?? ''] })(url, request);

export function performNotice(
  task: StepTask,
  { channel, about, text }: { channel: string; about: string; text: string },
): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const { delivered, detail } = await announce(
      { id: keyOf(task), kind: about, channel, text },
      task.deployment,
      task.ground,
      signal,
    );
    signal.throwIfAborted();
    const facts = { result: { delivered, channel, detail } };
    return delivered ? succeeded(facts) : failed(`not delivered to ${channel}: ${detail}`, facts);
  });
}
