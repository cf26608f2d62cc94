import { describe, expect, it } from 'vitest';
import { auditEntry, held, summary } from '../testing/entries.test-support.ts';
import { deviations, slowness, timings, type Seen } from './judge.ts';

const good = { summary: summary({ status: 'succeeded' }), entries: [auditEntry('DeploymentSucceeded', {}, 38)] };

const badEntries = (metric = 'error-rate', kind = 'limit') => [
  auditEntry('VerificationPassed', {}, 40),
  auditEntry('DegradationDetected', { breach: { metric } }, 60),
  auditEntry('RollbackTriggered', { trigger: { kind } }, 60),
  auditEntry('DeploymentRolledBack', { verified: true }, 63.5),
];

const bad = { summary: summary({ status: 'rolled-back-verified' }), entries: badEntries() };
const scenario: Seen = { good, bad, served: '1.1.0', traffic: { sent: 1_000, skipped: 10 } };

describe('the judge of the demo', () => {
  it('finds nothing when the scenario happened exactly', () => {
    expect(deviations(scenario)).toEqual([]);
  });

  it.each<[string, Partial<Seen>, RegExp]>([
    ['1.1.0 did not succeed', { good: { ...good, summary: summary({ status: 'failed' }) } }, /1\.1\.0 is failed/],
    ['1.2.0 succeeded', { bad: { ...bad, summary: summary({ status: 'succeeded' }) } }, /1\.2\.0 is succeeded/],
    [
      'the rollback is not verified',
      { bad: { ...bad, summary: summary({ status: 'rolled-back-unverified' }) } },
      /unverified/,
    ],
    ['smoke tests failed', { bad: { ...bad, entries: bad.entries.slice(1) } }, /smoke tests/],
    ['another limit broke', { bad: { ...bad, entries: badEntries('cpu') } }, /error rate, not cpu/],
    ['something else triggered it', { bad: { ...bad, entries: badEntries('error-rate', 'manual') } }, /not manual/],
    ['1.2.0 is still served', { served: '1.2.0' }, /serves 1\.2\.0/],
    ['nothing is served', { served: '' }, /serves nothing/],
  ])('reports when %s', (_what, change, text) => {
    expect(deviations({ ...scenario, ...change }).join('\n')).toMatch(text);
  });

  const undecided = held({ why: 'not decided by 6 slow windows', code: 'undecided', duty: 'on-call' });
  const rolledBack = (kind: string) => ({
    summary: summary({ status: 'rolled-back-verified' }),
    entries: [auditEntry('RollbackTriggered', { trigger: { kind }, reason: 'p95 was 2 s' }, 30)],
  });

  it.each<[string, Partial<Seen>, RegExp]>([
    ['the good release seems slower', { good: rolledBack('degradation') }, /rolled back because p95 was 2 s/],
    ['its metrics do not respond', { good: rolledBack('no-data') }, /rolled back/],
    [
      'the data do not decide',
      { good: { ...good, summary: summary({ status: 'held', held: undecided }) } },
      /is held: not decided/,
    ],
    ['the bad release seems slower before it fails', { bad: rolledBack('degradation') }, /rolled back/],
    [
      'a deployment does not end',
      { bad: { ...bad, summary: summary({ status: 'monitoring' }) } },
      /is monitoring still/,
    ],
    ['the requests cannot be sent', { traffic: { sent: 10, skipped: 11 } }, /11 of 21 requests/],
  ])('finds the machine too slow when %s', (_what, change, text) => {
    expect(slowness({ ...scenario, ...change })).toMatch(text);
  });

  it.each<[string, Partial<Seen>]>([
    ['the scenario happened', {}],
    [
      'nobody knows how a step ended',
      { good: { ...good, summary: summary({ status: 'held', held: { ...undecided, code: 'unknown-outcome' } }) } },
    ],
    ['the good release failed its smoke tests', { good: rolledBack('smoke-tests') }],
    ['the good release exceeded a limit of the document', { good: rolledBack('limit') }],
  ])('does not blame the machine when %s', (_what, change) => {
    expect(slowness({ ...scenario, ...change })).toBeNull();
  });

  it('measures from the start to the first success, and from the broken limit to the verified restoration', () => {
    expect(timings('2026-03-01T12:00:00.000Z', scenario)).toEqual({ firstGreenMs: 38_000, restoredMs: 3_500 });
  });

  it('measures nothing that did not happen', () => {
    const nothing = { summary: summary(), entries: [] };
    expect(timings('2026-03-01T12:00:00.000Z', { good: nothing, bad: nothing })).toEqual({
      firstGreenMs: null,
      restoredMs: null,
    });
  });
});
