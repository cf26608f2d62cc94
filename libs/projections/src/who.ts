import type { DeployRequest } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';

/**
 * Who did what an event reports, as a phrase. Whoever is authenticated stands for it; a name that nobody proved is marked, and where a
 * request names somebody that name is the claim that counts.
 */
export function whoActed({ actor, type, data }: Pick<RecordedEvent, 'actor' | 'type' | 'data'>): string {
  if (actor.kind === 'person' && actor.claimed !== true) return actor.name;
  const claimed = type === 'DeploymentRequested' ? claimIn(data) : undefined;
  if (claimed !== undefined) return `${claimed} (claimed)`;
  return actor.claimed === true ? `${actor.name} (claimed)` : actor.name;
}

function claimIn(data: unknown): string | undefined {
  const { request } = Object(data) as { readonly request?: DeployRequest };
  return request?.requestedBy;
}
