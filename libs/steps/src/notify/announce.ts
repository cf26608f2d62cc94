import { placeOfUrl } from '@backstay/document';
import { guardedFetch, type GuardedFetch } from '@backstay/guarded-io';
import { deliver, type Delivery } from '@backstay/notices';
import type { StepContext } from '../context.ts';
import type { StepDeployment } from '../deployment.ts';
import { resolverOf } from '../environment.ts';

export interface Announcement {
  /** The same for every attempt. */
  readonly id: string;
  readonly kind: string;
  readonly channel: string;
  readonly text: string;
  /** An earlier sending was begun, and nobody knows its end. */
  readonly possiblyRepeated?: boolean;
}

/** Delivers to a channel of the profile. A channel without a destination, or with one of a kind unknown here, is not delivered to. */
export async function announce(
  { id, kind, channel, text, possiblyRepeated = false }: Announcement,
  { id: deployment, plan }: Pick<StepDeployment, 'id' | 'plan'>,
  context: StepContext,
  signal?: AbortSignal,
): Promise<Delivery> {
  const destination = plan.channels[channel];
  if (destination === undefined)
    return { delivered: false, detail: `the channel ${channel} has no destination in this environment`, attempts: 0 };
  const { service, version, environment } = plan;
  const notice = {
    id,
    kind,
    text,
    ...(possiblyRepeated ? { possiblyRepeated } : {}),
    deployment: { id: deployment, service, version, environment },
  };
  const options = {
    fetch: toDestination,
    resolver: resolverOf(context, environment),
    logger: context.logger,
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
