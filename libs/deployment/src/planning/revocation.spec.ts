import { describe, expect, it } from 'vitest';
import { eventTypes, isEvidence } from '../catalogue.ts';
import { deployment } from '../deployment.ts';
import { at, decided, foldDeployment, histories, minutes } from '../testing/index.ts';

const evidence = { eventId: 'e-7', eventType: 'StepSucceeded', digest: 'f'.repeat(64), line: null };
const revoke = {
  type: 'RevokeEvidence' as const,
  evidence,
  by: 'auditor',
  reason: 'the report was of another build',
  at: at(minutes(30)),
};
const confirm = { type: 'ConfirmCriterion' as const, line: 131, by: 'jo', reason: 'read them', at: at(minutes(21)) };

describe('revoked evidence', () => {
  it.each([
    ['while a deployment goes on', histories.performing('deploy.1')],
    ['after it succeeded', histories.succeeded()],
    ['after it was rolled back', histories.rolledBack()],
  ])('%s is an event with who, why and the digest of what is revoked', (_when, events) => {
    expect(deployment.decide(revoke, foldDeployment(events))).toEqual([
      { type: 'EvidenceRevoked', data: { evidence, by: 'auditor', reason: revoke.reason, at: revoke.at } },
    ]);
  });

  it('is revoked once', () => {
    const state = foldDeployment(decided(histories.succeeded(), revoke));
    expect(deployment.decide({ ...revoke, reason: 'again' }, state)).toEqual([]);
  });

  it('changes nothing of how the deployment stands', () => {
    const { revoked: _one, ...before } = foldDeployment(histories.succeeded()) as never as Record<string, unknown>;
    const { revoked, ...after } = foldDeployment(decided(histories.succeeded(), revoke)) as never as Record<
      string,
      unknown
    >;
    expect(revoked).toEqual(['e-7']);
    expect(after).toEqual(before);
  });

  it('stays revoked under a hold and after it', () => {
    const hold = { code: 'ask' as const, why: 'which way?', duty: 'operator', step: 'deploy.1', winner: null };
    const held = decided(histories.ready(), {
      type: 'HoldDeployment',
      ...hold,
      step: 'pre.1',
      until: at(minutes(90)),
      at: at(minutes(1)),
    });
    const cancel = { type: 'CancelDeployment' as const, reason: 'no', by: 'operator', at: at(minutes(31)) };
    expect(foldDeployment(decided(held, revoke, cancel))).toMatchObject({ status: 'cancelled', revoked: ['e-7'] });
  });

  it('of a line that a person confirmed lets it be confirmed anew', () => {
    const ofLine = { ...revoke, evidence: { ...evidence, eventType: 'CriterionConfirmed', line: 131 } };
    const confirmed = decided(histories.succeeded(), confirm);
    expect(deployment.decide(confirm, foldDeployment(confirmed))).toEqual([]);
    const revoked = decided(confirmed, ofLine);
    expect(deployment.decide(confirm, foldDeployment(revoked))).toMatchObject([{ type: 'CriterionConfirmed' }]);
  });

  it.each(['StepFailed', 'SmokeTestFailed', 'DegradationDetected', 'DeploymentRequested', 'Nonsense'])(
    'cannot be %s: what speaks against it stays',
    (eventType) => {
      const command = { ...revoke, evidence: { ...evidence, eventType } };
      expect(() => deployment.decide(command, foldDeployment(histories.succeeded()))).toThrow('is not evidence');
    },
  );

  it('is never a failure', () => {
    expect(eventTypes.filter(isEvidence).filter((type) => /Failed|Rejected|Detected|Withheld/.test(type))).toEqual([]);
  });

  it('of a deployment that is not known is refused', () => {
    expect(() => deployment.decide(revoke, { status: 'none' })).toThrow('no such deployment');
  });
});
