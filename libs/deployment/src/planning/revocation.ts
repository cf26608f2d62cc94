import { Rejection } from '@backstay/event-sourcing';
import { known } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import type { DeploymentState } from '../state.ts';
import type { RevokeEvidence } from './commands.ts';

/** Facts that speak for something. What speaks against it cannot be taken back: that would turn a failure into a pass. */
export const evidenceTypes = [
  'PreflightReported',
  'StepSucceeded',
  'EvidenceRead',
  'ExecutionCompleted',
  'SmokeTestPassed',
  'HealthCheckPassed',
  'VerificationPassed',
  'LogsRead',
  'MonitoringPassed',
  'NoticeDelivered',
  'CriterionConfirmed',
  'DeploymentSucceeded',
  'DeploymentRolledBack',
] as const satisfies readonly DeploymentEvent['type'][];

export function isEvidence(type: string): boolean {
  return (evidenceTypes as readonly string[]).includes(type);
}

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
