import { Rejection } from '@backstay/event-sourcing';
import { isEvidence } from '../catalogue.ts';
import { known } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import type { DeploymentState } from '../state.ts';
import type { RevokeEvidence } from './commands.ts';

/** What was proof is none any more, also after the end. The deployment goes on as it goes; only what is proven changes. */
export function revokeEvidence(
  { type: _type, ...revoked }: RevokeEvidence,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const { eventId, eventType } = revoked.evidence;
  if (known(state).revoked.includes(eventId)) return [];
  if (!isEvidence(eventType))
    throw new Rejection('no-evidence', `${eventType} is no evidence that could be revoked`, { eventId, eventType });
  return [{ type: 'EvidenceRevoked', data: revoked }];
}
