import type { Role } from '@backstay/api-contract';
import type { Actor } from '@backstay/event-sourcing';

/** Who sends the request, and whether that is authenticated. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** Duties that this one may confirm for. */
  readonly duties: readonly string[];
  /** True where nobody was asked to prove a name. */
  readonly claimed: boolean;
}

export const actorOf = ({ name, claimed }: Principal): Actor => ({
  kind: 'person',
  name,
  ...(claimed ? { claimed } : {}),
});

/** Everybody who is known may look; an admin may everything; operating and approving are kept apart. */
export function mayDo({ role }: Principal, needed: Role): boolean {
  return role === 'admin' || needed === 'viewer' || role === needed;
}
