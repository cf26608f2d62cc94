import type { DeployRequest, RequestOrigin } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';

/**
 * Who did what an event reports, as a phrase. Whoever is authenticated stands for it; a name that nobody proved is marked. Where a
 * request names somebody, that name is the claim that counts, behind the publisher whose credential brought it.
 */
export function whoActed({ actor, type, data }: Pick<RecordedEvent, 'actor' | 'type' | 'data'>): string {
  if (actor.kind === 'person' && actor.claimed !== true) return actor.name;
  const claimed = type === 'DeploymentRequested' ? claimIn(data) : undefined;
  const isPublisher = isPublished(data) && actor.claimed !== true;
  if (claimed !== undefined) return isPublisher ? `${actor.name} for ${claimed} (claimed)` : `${claimed} (claimed)`;
  return actor.claimed === true ? `${actor.name} (claimed)` : actor.name;
}

function claimIn(data: unknown): string | undefined {
  const { request } = Object(data) as { readonly request?: DeployRequest };
  return request?.requestedBy;
}

/** Whether the request came on the subject of a publisher. */
function isPublished(data: unknown): boolean {
  const { origin } = Object(data) as { readonly origin?: RequestOrigin };
  return origin?.publisher !== undefined;
}
