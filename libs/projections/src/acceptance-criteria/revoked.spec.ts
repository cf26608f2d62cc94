import { describe, expect, it } from 'vitest';
import type { Criterion } from '@backstay/document';
import { knownAt, procedureEntryOf } from '../procedure-history.ts';
import * as told from '../testing/index.ts';
import { examplePlan, type Story } from '../testing/index.ts';
import { acceptanceCriteria, type CriterionView } from './index.ts';

type Kind = Criterion['rule']['kind'];
const now = told.secondsIn(3_600);

function verdictOn(
  kind: Kind,
  { events }: Story,
  history: Parameters<typeof acceptanceCriteria>[1] = [],
): CriterionView {
  const { line } = examplePlan().acceptanceCriteria.find(({ rule }) => rule.kind === kind)!;
  return acceptanceCriteria(events, history, now).criteria.find((each) => each.line === line)!;
}

/** Revokes the last event of this type, of this step where one is named. */
function revoke(story: Story, type: string, step = ''): Story {
  const event = story.events.findLast(
    (each) => each.type === type && (step === '' || ('step' in each.data && each.data.step === step)),
  )!;
  const line = event.type === 'CriterionConfirmed' ? event.data.line : null;
  const evidence = { eventId: event.id, eventType: type, digest: event.hash, line };
  return story.when((at) => ({ type: 'RevokeEvidence', evidence, by: 'auditor', reason: 'another build', at }));
}

describe('a criterion whose evidence was revoked', () => {
  it.each<[Kind, string, string]>([
    ['tests-passed', 'StepSucceeded', 'pre.1'],
    ['evidence', 'StepSucceeded', 'pre.1'],
    ['team-notified', 'StepSucceeded', 'pre.2'],
    ['dashboards-configured', 'PreflightReported', ''],
    ['executed', 'ExecutionCompleted', ''],
    ['smoke-tests-passed', 'SmokeTestPassed', ''],
    ['smoke-tests-passed', 'VerificationPassed', ''],
    ['no-critical-errors', 'LogsRead', ''],
    ['performance-acceptable', 'MonitoringPassed', ''],
  ])('%s is unmet without its %s %s, and says who revoked it and why', (kind, type, step) => {
    const story = told.success();
    expect(verdictOn(kind, story).verdict).toBe('met');
    revoke(story, type, step);
    expect(verdictOn(kind, story)).toMatchObject({ verdict: 'unmet', reason: 'revoked by auditor: another build' });
    expect(verdictOn(kind, story).evidence.at(-1)?.eventId).toBe(story.events.at(-1)?.id);
  });

  it('is met again when a person gives the word anew', () => {
    const confirmed = (story: Story) =>
      story.when((at) => ({ type: 'ConfirmCriterion', line: 215, by: 'owner', reason: 'seen', at }));
    const story = revoke(confirmed(told.success()), 'CriterionConfirmed');
    expect(verdictOn('manual', story)).toMatchObject({ verdict: 'unmet', reason: 'revoked by auditor: another build' });
    expect(verdictOn('manual', confirmed(story)).verdict).toBe('met');
  });

  it('of documentation is unmet by the line that rested on it', () => {
    const story = told.success().when((at) => ({ type: 'ConfirmCriterion', line: 162, by: 'jo', reason: 'seen', at }));
    expect(verdictOn('documentation-updated', story).verdict).toBe('met');
    expect(verdictOn('documentation-updated', revoke(story, 'CriterionConfirmed'))).toMatchObject({
      verdict: 'unmet',
      reason: 'API documentation updated (line 162): revoked by auditor: another build',
    });
  });

  it('was met as of the time before', () => {
    const story = told.success();
    const before = story.events.length;
    revoke(story, 'StepSucceeded', 'pre.1');
    const { criteria } = acceptanceCriteria(story.events.slice(0, before), [], now);
    expect(criteria[0]?.verdict).toBe('met');
  });

  it('leaves the other criteria as they are', () => {
    const story = revoke(told.success(), 'StepSucceeded', 'pre.1');
    expect(verdictOn('executed', story).verdict).toBe('met');
    expect(verdictOn('scans-passed', story).reason).toBe('no step of the document reads security scans');
  });
});

describe('what others rest on', () => {
  const staging = (story: Story) => [{ ...procedureEntryOf(story.events)!, environment: 'staging' }];

  it('is no validation in staging when evidence of that deployment was revoked', () => {
    const story = told.success({ id: 'd0' });
    expect(verdictOn('validated-in-staging', told.planned(), staging(story)).verdict).toBe('met');
    revoke(story, 'SmokeTestPassed');
    const reason = 'evidence of deployment d0 was revoked by auditor: another build';
    expect(verdictOn('validated-in-staging', told.planned(), staging(story))).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining(reason),
    });
    expect(verdictOn('smoke-tests-tested', told.planned(), staging(story))).toMatchObject({ verdict: 'unmet', reason });
  });

  it('is no rehearsal when its evidence was revoked, unless another one stands', () => {
    const revoked = procedureEntryOf(revoke(told.rehearsed({ id: 'd0' }), 'DeploymentRolledBack').events)!;
    const stands = procedureEntryOf(told.rehearsed({ id: 'd9' }).events)!;
    expect(verdictOn('rollback-tested', told.planned(), [revoked])).toMatchObject({
      verdict: 'unmet',
      reason: 'evidence of deployment d0 was revoked by auditor: another build',
    });
    expect(verdictOn('rollback-tested', told.planned(), [revoked, stands]).verdict).toBe('met');
  });

  it('was proof as of the time before its evidence was revoked, and is not known before its end', () => {
    const story = revoke(told.rehearsed({ id: 'd0' }), 'DeploymentRolledBack');
    const entry = procedureEntryOf(story.events)!;
    const [ended, revoked] = story.events.slice(-2);
    const asOf = (moment: string) => verdictOn('rollback-tested', told.planned(), knownAt([entry], moment)).verdict;
    expect([ended!.type, revoked!.type]).toEqual(['DeploymentRolledBack', 'EvidenceRevoked']);
    expect(asOf(ended!.time)).toBe('met');
    expect(asOf(revoked!.time)).toBe('unmet');
    expect(knownAt([entry], told.secondsIn(-1))).toEqual([]);
  });

  it('counts again when a word was given anew', () => {
    const confirm = (story: Story) =>
      story.when((at) => ({ type: 'ConfirmCriterion', line: 215, by: 'owner', reason: 'seen', at }));
    const story = revoke(confirm(told.success({ id: 'd0' })), 'CriterionConfirmed');
    expect(procedureEntryOf(story.events)?.revoked).toHaveLength(1);
    expect(procedureEntryOf(confirm(story).events)?.revoked).toEqual([]);
  });
});
