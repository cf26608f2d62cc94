import { describe, expect, it } from 'vitest';
import type { ProcedureEntry } from '@backstay/projections';
import { examplePlan } from '@backstay/deployment/testing';
import { judge } from './procedure-records.ts';

const plan = examplePlan({ version: '2.0.0', procedureDigest: 'same' });
const now = '2030-01-31T00:00:00.000Z';
const day = 86_400_000;
const entry = (more: Partial<ProcedureEntry>): ProcedureEntry => ({
  service: 'orders-api',
  deployment: 'd-1',
  kind: 'deployment',
  version: '2.0.0',
  environment: 'staging',
  procedureDigest: 'same',
  outcome: 'succeeded',
  verified: true,
  at: '2030-01-20T00:00:00.000Z',
  eventId: 'e-1',
  measuredMs: null,
  smokeTestsPassed: 0,
  smokeTestsFailed: 0,
  ...more,
});
const inStaging = (entries: readonly ProcedureEntry[]) =>
  judge({ reader: 'deployed-in', environment: 'staging' }, entries, plan, now).met;
const rehearsed = (entries: readonly ProcedureEntry[]) =>
  judge({ reader: 'rollback-rehearsed', withinMs: 30 * day }, entries, plan, now).met;

describe('a deployment of this version elsewhere', () => {
  it('counts when it succeeded there', () => expect(inStaging([entry({})])).toBe(true));
  it.each([
    { version: '1.9.0' },
    { environment: 'development' },
    { outcome: 'rolled-back-verified' as const },
    { outcome: null },
  ])('does not count as %j', (more) => expect(inStaging([entry(more)])).toBe(false));
});

describe('a rehearsal of the rollback', () => {
  it.each([{ outcome: 'rolled-back-verified' as const }, { kind: 'rehearsal' as const }])('counts as %j', (more) =>
    expect(rehearsed([entry(more)])).toBe(true),
  );
  it.each([{}, { outcome: 'rolled-back-unverified' as const }, { kind: 'rehearsal' as const, verified: false }])(
    'does not count as %j',
    (more) => expect(rehearsed([entry(more)])).toBe(false),
  );
  it('does not count when it was of another procedure or too long ago', () => {
    const good = { outcome: 'rolled-back-verified' } as const;
    expect(rehearsed([entry({ ...good, procedureDigest: 'other' })])).toBe(false);
    expect(rehearsed([entry({ ...good, at: '2029-12-01T00:00:00.000Z' })])).toBe(false);
  });
});
