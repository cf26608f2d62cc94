import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { keptKinds, retentionVerdict, type KeptItem, type OwnerState, type RetentionRules } from './retention.ts';

const day = 86_400_000;
const now = '2026-06-01T00:00:00.000Z';
const daysAgo = (days: number) => new Date(Date.parse(now) - days * day).toISOString();
const rules = Object.fromEntries(keptKinds.map((kind) => [kind, 30 * day])) as RetentionRules;

const ended = (days: number): OwnerState => ({
  id: 'd1',
  status: 'ended',
  endedAt: daysAgo(days),
  isRollbackNeeded: false,
});
const workspace = (owner: OwnerState, more: Partial<KeptItem> = {}): KeptItem => ({
  kind: 'workspace',
  id: 'd1',
  modifiedAt: daysAgo(100),
  owners: [owner],
  ...more,
});

const owners = fc.record({
  id: fc.constantFrom('d1', 'd2', 'd3'),
  status: fc.constantFrom('open', 'ended', 'unknown'),
  endedAt: fc.option(fc.integer({ min: 0, max: 200 }).map(daysAgo)),
  isRollbackNeeded: fc.boolean(),
});
const items: fc.Arbitrary<KeptItem> = fc.record({
  kind: fc.constantFrom(...keptKinds),
  id: fc.string(),
  modifiedAt: fc.oneof(fc.integer({ min: -5, max: 200 }).map(daysAgo), fc.constant('no time')),
  owners: fc.array(owners, { maxLength: 4 }),
  isInUse: fc.boolean(),
  isEvidence: fc.boolean(),
});
const anyRules = fc.record(
  Object.fromEntries(keptKinds.map((kind) => [kind, fc.option(fc.integer({ min: 0, max: 200 * day }))])),
) as fc.Arbitrary<RetentionRules>;

describe('what may go', () => {
  it('is what is older than its rule, counted from the end of its last owner', () => {
    expect(retentionVerdict(workspace(ended(30)), rules, now)).toEqual({ prune: true, rule: 'workspace 30d' });
    expect(retentionVerdict(workspace(ended(29)), rules, now)).toEqual({ prune: false, because: 'age' });
    const used = workspace(ended(90), { modifiedAt: daysAgo(1) });
    expect(retentionVerdict(used, rules, now)).toEqual({ prune: false, because: 'age' });
  });

  it.each<[string, KeptItem]>([
    ['open', workspace({ ...ended(90), status: 'open', endedAt: null })],
    ['open', workspace({ ...ended(90), endedAt: null })],
    ['rollback', workspace({ ...ended(90), isRollbackNeeded: true })],
    ['unknown-owner', workspace({ ...ended(90), status: 'unknown' })],
    ['unknown-owner', workspace(ended(90), { owners: [] })],
    ['evidence', workspace(ended(90), { isEvidence: true })],
    ['in-use', workspace(ended(90), { isInUse: true })],
  ])('is nothing that is kept because of: %s', (because, item) => {
    expect(retentionVerdict(item, rules, now)).toEqual({ prune: false, because });
  });

  it('is the space for the rollback of whoever is not open, be it needed for another rollback, or known to nobody', () => {
    const reserve = (owner: OwnerState) => workspace(owner, { kind: 'rollback-reserve' });
    const verdictOf = (owner: OwnerState) => retentionVerdict(reserve(owner), rules, now);
    const pruned = { prune: true, rule: 'rollback-reserve 30d' };
    expect(verdictOf({ ...ended(90), isRollbackNeeded: true })).toEqual(pruned);
    expect(verdictOf({ ...ended(90), status: 'unknown', endedAt: null })).toEqual(pruned);
    expect(verdictOf(ended(29))).toEqual({ prune: false, because: 'age' });
    for (const open of [
      { ...ended(90), status: 'open' as const },
      { ...ended(90), endedAt: null },
    ])
      expect(verdictOf(open)).toEqual({ prune: false, because: 'open' });
  });

  it('is nothing of a kind that is kept for ever', () => {
    expect(retentionVerdict(workspace(ended(900)), { ...rules, workspace: null }, now)).toMatchObject({
      because: 'rule',
    });
  });

  it('is never what a rollback, an open deployment or the audit needs, whatever the rules', () => {
    fc.assert(
      fc.property(items, anyRules, (item, each) => {
        if (!retentionVerdict(item, each, now).prune) return;
        expect(each[item.kind]).not.toBeNull();
        if (item.kind === 'rollback-reserve') {
          expect([item.isInUse, ...item.owners.map(({ status }) => status)]).not.toContain('open');
          return;
        }
        expect(item.isInUse || item.isEvidence).toBe(false);
        for (const { status, endedAt, isRollbackNeeded } of item.owners)
          expect([status, endedAt !== null, isRollbackNeeded]).toEqual(['ended', true, false]);
        const ages = [item.modifiedAt, ...item.owners.map(({ endedAt }) => endedAt!)].map(
          (time) => Date.parse(now) - Date.parse(time),
        );
        expect(Math.min(...ages)).toBeGreaterThanOrEqual(each[item.kind]!);
      }),
      runs(2_000),
    );
  });

  it('grows with a shorter rule and never shrinks', () => {
    fc.assert(
      fc.property(items, anyRules, (item, each) => {
        const shorter = { ...each, [item.kind]: Math.floor((each[item.kind] ?? 0) / 2) };
        if (retentionVerdict(item, each, now).prune) expect(retentionVerdict(item, shorter, now).prune).toBe(true);
      }),
      runs(500),
    );
  });
});
