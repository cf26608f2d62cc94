import { describe, expect, it } from 'vitest';
import type { EnvironmentView } from './environment-view.ts';
import { deploymentsBehind, fleetEntry } from './fleet.ts';
import { previous } from './testing/index.ts';

const view = (more: Partial<EnvironmentView> = {}): EnvironmentView => ({
  service: 'orders-api',
  environment: 'production',
  holder: null,
  queue: [],
  running: previous,
  verifiedGood: previous,
  uncertain: null,
  unverified: null,
  quarantined: [],
  adoption: { pending: null, refused: null },
  deployments: [],
  planned: [],
  ...more,
});
const sentence = (more: Partial<EnvironmentView>) => fleetEntry(view(more), new Map()).sentence;

describe('the sentence of an environment', () => {
  it.each<[string, Partial<EnvironmentView>, string]>([
    ['what runs and was verified', {}, '1.1.0 runs, verified good'],
    ['nothing', { running: null, verifiedGood: null }, 'nothing is recorded to run'],
    [
      'what was never verified',
      { verifiedGood: null },
      '1.1.0 runs, not verified good; nothing was ever verified good',
    ],
    [
      'what was put back and not found good, whatever it was before',
      { unverified: 'd9' },
      '1.1.0 runs, not verified good: deployment d9 put it back and could not verify it',
    ],
    [
      'who holds it, who waits, what is quarantined',
      { holder: 'd7', queue: ['d8', 'd9'], quarantined: [{ version: '1.2.0', why: 'errors' }] },
      '1.1.0 runs, verified good; deployment d7 holds it; 2 deployments queued; quarantined: 1.2.0 (errors)',
    ],
  ])('reports %s', (_, more, expected) => expect(sentence(more)).toBe(expected));
});

describe('an environment that was left half way', () => {
  const left = view({
    uncertain: 'd9',
    deployments: [{ deployment: 'd9', version: '1.2.0', outcome: 'rollback-failed', claimedAt: '', settledAt: '' }],
  });
  const why = 'the rollback failed: exit 1; not put back: deploy.1';

  it('says which deployment left it so, how it ended and what it did not put back', () => {
    const known = new Map([['d9', { version: '1.2.0', status: 'rollback-failed' as const, sentence: why }]]);
    const entry = fleetEntry(left, known);
    expect(entry.unknown).toEqual({
      deployment: 'd9',
      version: '1.2.0',
      outcome: 'rollback-failed',
      recorded: '1.1.0',
      why,
    });
    expect(entry.sentence).toContain(`not known what runs: deployment d9 of 1.2.0 ended rollback-failed (${why})`);
    expect(entry.sentence).toContain('recorded is 1.1.0; adopt what runs, or override unknown-running');
  });

  it('says so also where nothing more is known of that deployment', () => {
    expect(sentence({ uncertain: 'd9', running: null })).toContain('deployment d9 ended half way; recorded is nothing');
  });
});

it('reports what was overridden for what runs and for who holds it', () => {
  const override = {
    eventId: 'e1',
    code: 'unknown-running',
    subject: 'what runs',
    message: 'm',
    reason: 'r',
    by: 'robin',
  };
  const known = new Map([
    ['d0', { version: '1.1.0', status: 'succeeded' as const, sentence: '', overrides: [override] }],
  ]);
  const here = view({ holder: 'd7' });
  expect(deploymentsBehind(here)).toEqual(['d0', 'd7']);
  expect(fleetEntry(here, known)).toMatchObject({
    overrides: [{ ...override, deployment: 'd0' }],
    sentence: '1.1.0 runs, verified good; deployment d7 holds it; overridden for it: unknown-running',
  });
});
