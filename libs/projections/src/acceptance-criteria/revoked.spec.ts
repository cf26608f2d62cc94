import { describe, expect, it } from 'vitest';
import type { Criterion } from '@backstay/document';
import { knownAt, procedureEntryOf } from '../procedure-history.ts';
import * as given from '../testing/index.ts';
import { examplePlan, type Scenario } from '../testing/index.ts';
import { acceptanceCriteria, type CriterionView } from './index.ts';

type Kind = Criterion['rule']['kind'];
const now = given.secondsIn(3_600);

function verdictOn(
  kind: Kind,
  { events }: Scenario,
  history: Parameters<typeof acceptanceCriteria>[1] = [],
): CriterionView {
  const { line } = examplePlan().acceptanceCriteria.find(({ rule }) => rule.kind === kind)!;
  return acceptanceCriteria(events, history, now).criteria.find((each) => each.line === line)!;
}

/** Revokes the last event of this type, of this step where one is named. */
function revoke(scenario: Scenario, type: string, step = ''): Scenario {
  const event = scenario.events.findLast(
    (each) => each.type === type && (step === '' || ('step' in each.data && each.data.step === step)),
  )!;
  const line = event.type === 'CriterionConfirmed' ? event.data.line : null;
  const evidence = { eventId: event.id, eventType: type, digest: event.hash, line };
  return scenario.when((at) => ({ type: 'RevokeEvidence', evidence, by: 'auditor', reason: 'another build', at }));
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
    const scenario = given.success();
    expect(verdictOn(kind, scenario).verdict).toBe('met');
    revoke(scenario, type, step);
    expect(verdictOn(kind, scenario)).toMatchObject({ verdict: 'unmet', reason: 'revoked by auditor: another build' });
    expect(verdictOn(kind, scenario).evidence.at(-1)?.eventId).toBe(scenario.events.at(-1)?.id);
  });

  it('is met again when a person gives the word anew', () => {
    const confirmed = (scenario: Scenario) =>
      scenario.when((at) => ({ type: 'ConfirmCriterion', line: 215, by: 'owner', reason: 'seen', at }));
    const scenario = revoke(confirmed(given.success()), 'CriterionConfirmed');
    expect(verdictOn('manual', scenario)).toMatchObject({
      verdict: 'unmet',
      reason: 'revoked by auditor: another build',
    });
    expect(verdictOn('manual', confirmed(scenario)).verdict).toBe('met');
  });

  it('of documentation is unmet by the line that rested on it', () => {
    const scenario = given
      .success()
      .when((at) => ({ type: 'ConfirmCriterion', line: 162, by: 'jo', reason: 'seen', at }));
    expect(verdictOn('documentation-updated', scenario).verdict).toBe('met');
    expect(verdictOn('documentation-updated', revoke(scenario, 'CriterionConfirmed'))).toMatchObject({
      verdict: 'unmet',
      reason: 'API documentation updated (line 162): revoked by auditor: another build',
    });
  });

  it('was met as of the time before', () => {
    const scenario = given.success();
    const before = scenario.events.length;
    revoke(scenario, 'StepSucceeded', 'pre.1');
    const { criteria } = acceptanceCriteria(scenario.events.slice(0, before), [], now);
    expect(criteria[0]?.verdict).toBe('met');
  });

  it('leaves the other criteria as they are', () => {
    const scenario = revoke(given.success(), 'StepSucceeded', 'pre.1');
    expect(verdictOn('executed', scenario).verdict).toBe('met');
    expect(verdictOn('scans-passed', scenario).reason).toBe('no step of the document reads security scans');
  });
});

describe('what others rest on', () => {
  const staging = (scenario: Scenario) => [{ ...procedureEntryOf(scenario.events)!, environment: 'staging' }];

  it('is not a validation in staging when evidence of that deployment was revoked', () => {
    const scenario = given.success({ id: 'd0' });
    expect(verdictOn('validated-in-staging', given.planned(), staging(scenario)).verdict).toBe('met');
    revoke(scenario, 'SmokeTestPassed');
    const reason = 'evidence of deployment d0 was revoked by auditor: another build';
    expect(verdictOn('validated-in-staging', given.planned(), staging(scenario))).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining(reason),
    });
    expect(verdictOn('smoke-tests-tested', given.planned(), staging(scenario))).toMatchObject({
      verdict: 'unmet',
      reason,
    });
  });

  it('is not a rehearsal when its evidence was revoked, unless another one stands', () => {
    const revoked = procedureEntryOf(revoke(given.rehearsed({ id: 'd0' }), 'DeploymentRolledBack').events)!;
    const stands = procedureEntryOf(given.rehearsed({ id: 'd9' }).events)!;
    expect(verdictOn('rollback-tested', given.planned(), [revoked])).toMatchObject({
      verdict: 'unmet',
      reason: 'evidence of deployment d0 was revoked by auditor: another build',
    });
    expect(verdictOn('rollback-tested', given.planned(), [revoked, stands]).verdict).toBe('met');
  });

  it('was proof as of the time before its evidence was revoked, and is not known before its end', () => {
    const scenario = revoke(given.rehearsed({ id: 'd0' }), 'DeploymentRolledBack');
    const entry = procedureEntryOf(scenario.events)!;
    const [ended, revoked] = scenario.events.slice(-2);
    const asOf = (time: string) => verdictOn('rollback-tested', given.planned(), knownAt([entry], time)).verdict;
    expect([ended!.type, revoked!.type]).toEqual(['DeploymentRolledBack', 'EvidenceRevoked']);
    expect(asOf(ended!.time)).toBe('met');
    expect(asOf(revoked!.time)).toBe('unmet');
    expect(knownAt([entry], given.secondsIn(-1))).toEqual([]);
  });

  it('counts again when a word was given anew', () => {
    const confirm = (scenario: Scenario) =>
      scenario.when((at) => ({ type: 'ConfirmCriterion', line: 215, by: 'owner', reason: 'seen', at }));
    const scenario = revoke(confirm(given.success({ id: 'd0' })), 'CriterionConfirmed');
    expect(procedureEntryOf(scenario.events)?.revoked).toHaveLength(1);
    expect(procedureEntryOf(confirm(scenario).events)?.revoked).toEqual([]);
  });
});
