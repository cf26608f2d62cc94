import { expect, it } from 'vitest';
import { acceptanceCriteria } from './acceptance-criteria/index.ts';
import { auditTrail } from './audit-trail.ts';
import { deploymentSummary, publicSummary, summaryOf, type SummaryRow } from './deployment-summary/index.ts';
import * as given from './testing/index.ts';
import { why } from './why/index.ts';

const { events } = given.overridden();
const codes = ['rollback-target', 'disk'];

it('a finding that was overridden stands in the summary, and in the state as a sentence', () => {
  const summary = summaryOf(events);
  expect(summary?.overrides?.map(({ code }) => code)).toEqual(codes);
  expect(summary?.sentence).toMatch(
    /; in spite of rollback-target, overridden by ci for robin \(claimed\): .*; in spite of disk, overridden by ci for robin \(claimed\): /,
  );
  expect(summaryOf(given.planned().events)).not.toHaveProperty('overrides');
});

it('several findings of one code, overridden at once, are reported once in the sentence', () => {
  const against = (subject: string) => ({ code: 'disk', subject, ok: false, blocking: true, message: 'is full' });
  const scenario = given.overridden({ findings: [...given.goodFindings, against('/var'), against('/srv')] });
  const { overrides, sentence } = summaryOf(scenario.events)!;
  expect(overrides?.map(({ subject }) => subject)).toEqual(['/var', '/srv']);
  expect(sentence.match(/in spite of/g)).toHaveLength(1);
});

it('a finding that was overridden stands in the stored list as in the summary', () => {
  const row = events.reduce<SummaryRow | undefined>(
    (current, event) => deploymentSummary.evolve(current, event, 'd1') ?? undefined,
    undefined,
  );
  expect(row && publicSummary(row)).toEqual(summaryOf(events));
});

it('every finding that was overridden is a link of why', () => {
  const links = why(events)?.chain.filter(({ type }) => type === 'FindingOverridden') ?? [];
  expect(links.map(({ summary }) => summary)).toEqual([
    expect.stringContaining('ci for robin (claimed) overrode the finding disk'),
    expect.stringContaining('ci for robin (claimed) overrode the finding rollback-target'),
  ]);
});

it('a finding that was overridden is reported beside the criteria, and proves none of them', () => {
  const { criteria, overrides } = acceptanceCriteria(events, [], given.secondsIn(600));
  expect(overrides.map(({ code }) => code)).toEqual(codes);
  const ids = overrides.map(({ eventId }) => eventId);
  expect(criteria.flatMap(({ evidence }) => evidence).filter(({ eventId }) => ids.includes(eventId))).toEqual([]);
});

it('a finding that was overridden is an entry of the audit trail with its reason', () => {
  const given = auditTrail(events).entries.filter(({ type }) => type === 'FindingOverridden');
  expect(given.map(({ summary }) => summary)).toEqual([
    expect.stringContaining('1.1.0 is known to work'),
    expect.stringContaining('it is cleaned up afterwards'),
  ]);
});
