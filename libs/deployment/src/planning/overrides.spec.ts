import { describe, expect, it } from 'vitest';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import { deployRequestSchema } from '../request.ts';
import {
  at,
  decided,
  exampleOrigin,
  examplePlan,
  exampleRequest,
  exampleRequested,
  histories,
  minutes,
} from '../testing/index.ts';
import type { DeploymentRequested } from './events.ts';
import type { Finding, RequestOrigin } from '../values.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(1));
const reason = 'the site is down and 1.0.0 is known to work';

const noTarget: Finding = {
  code: 'rollback-target',
  subject: 'rollback target',
  ok: false,
  blocking: true,
  message: '1.0.0 runs and was never verified good here',
};
const noSecret: Finding = { ...noTarget, code: 'secret', subject: 'API_KEY', message: 'is missing' };

const report = (
  phase: 'execution' | 'verification' | 'monitoring',
  findings: readonly Finding[] = [],
): DeploymentCommand => ({ type: 'ReportPreflight', phase, findings, at: now });
const last = report('verification');

interface World {
  readonly findings?: readonly Finding[];
  /** Codes that the profile allows. */
  readonly allowed?: readonly string[];
  /** Codes that the request names. */
  readonly wanted?: readonly string[];
  readonly uncertain?: string;
  readonly kind?: DeploymentRequested['data']['kind'];
  readonly origin?: RequestOrigin;
  readonly requestedBy?: string | undefined;
}

/** All but the last report are in. */
function almostJudged(world: World) {
  const { findings = [], allowed, wanted, uncertain, kind = 'deployment', origin = exampleOrigin } = world;
  const request = 'requestedBy' in world ? { ...exampleRequest, requestedBy: world.requestedBy } : exampleRequest;
  const overrides = wanted?.map((code) => ({ code, reason }));
  const plan = examplePlan(allowed === undefined ? {} : { overridable: [...allowed] });
  return decided(
    [],
    exampleRequested({ kind, origin, request: { ...request, ...(overrides === undefined ? {} : { overrides }) } }),
    { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited: null },
    { type: 'ClearBlockers', satisfied: [], at: now },
    {
      type: 'RequestPreflight',
      claim: { stream: 'environment-notes.staging', version: 1 },
      running: histories.earlier,
      verifiedGood: histories.earlier,
      quarantined: [],
      ...(uncertain === undefined ? {} : { uncertain }),
      at: now,
    },
    report('execution', findings),
    report('monitoring'),
  );
}

const problemsOf = (world: World): readonly string[] => {
  const end = decided(almostJudged(world), last).at(-1);
  return end?.type === 'DeploymentRejected' ? end.data.problems.map(({ message }) => message) : [];
};

describe('a finding that blocks', () => {
  it('is overridden with a reason where the profile allows it, as an event, once', () => {
    const events = almostJudged({
      findings: [noTarget],
      allowed: ['rollback-target'],
      wanted: ['rollback-target'],
    });
    given(...events)
      .when(last)
      .thenTypes('PreflightReported', 'FindingOverridden', 'DeploymentPlanned');
    const { code, subject, message } = noTarget;
    expect(decided(events, last).find(({ type }) => type === 'FindingOverridden')?.data).toEqual({
      code,
      subject,
      message,
      reason,
      by: 'https://ci.example/notes for release train (claimed)',
    });
    given(...decided(events, last))
      .when(last)
      .thenNothing();
  });

  it.each<[string, RequestOrigin, string | undefined, string]>([
    ['a publisher', { ...exampleOrigin, publisher: 'ci' }, undefined, 'ci'],
    ['a publisher for somebody', { ...exampleOrigin, publisher: 'ci' }, 'root', 'ci for root (claimed)'],
    ['a publisher that nobody proved', { ...exampleOrigin, publisher: 'ci', claimed: true }, undefined, 'ci (claimed)'],
    ['a name that nobody proved', { ...exampleOrigin, publisher: 'ci', claimed: true }, 'root', 'root (claimed)'],
    [
      'whoever asks over HTTP without a token',
      { ...exampleOrigin, claimed: true },
      undefined,
      `${exampleOrigin.source} (claimed)`,
    ],
    ['who asks over HTTP', { ...exampleOrigin, source: 'http:ci' }, undefined, 'http:ci'],
    ['who asks over HTTP for somebody', { ...exampleOrigin, source: 'http:ci' }, 'root', 'http:ci for root (claimed)'],
  ])('is overridden by %s, never by whom the request names', (_, origin, requestedBy, by) => {
    const events = almostJudged({
      findings: [noTarget],
      allowed: ['rollback-target'],
      wanted: ['rollback-target'],
      origin,
      requestedBy,
    });
    expect(decided(events, last)).toContainEqual(
      expect.objectContaining({ type: 'FindingOverridden', data: expect.objectContaining({ by }) }),
    );
  });

  it('is overridden each time it was found', () => {
    const two = [noTarget, { ...noTarget, message: '1.0.0 is quarantined here' }];
    given(...almostJudged({ findings: two, allowed: ['rollback-target'], wanted: ['rollback-target'] }))
      .when(last)
      .thenTypes('PreflightReported', 'FindingOverridden', 'FindingOverridden', 'DeploymentPlanned');
  });

  it('blocks in spite of an override that the profile does not allow, and says so', () => {
    for (const allowed of [undefined, ['secret']]) {
      const world = { findings: [noTarget], allowed, wanted: ['rollback-target'] } as World;
      given(...almostJudged(world))
        .when(last)
        .thenTypes('PreflightReported', 'DeploymentRejected');
      expect(problemsOf(world)).toEqual([
        'rollback target: 1.0.0 runs and was never verified good here; the profile does not allow overriding rollback-target',
      ]);
    }
  });

  it('blocks where the profile allows an override and nobody asked for one', () => {
    expect(problemsOf({ findings: [noTarget], allowed: ['rollback-target'] })).toEqual([
      'rollback target: 1.0.0 runs and was never verified good here',
    ]);
  });

  it('blocks beside one that is overridden', () => {
    const world = { findings: [noTarget, noSecret], allowed: ['rollback-target'], wanted: ['rollback-target'] };
    given(...almostJudged(world))
      .when(last)
      .thenTypes('PreflightReported', 'DeploymentRejected');
    expect(problemsOf(world)).toEqual(['API_KEY: is missing']);
  });

  it('is not an event where an override names nothing that was found', () => {
    given(...almostJudged({ allowed: ['rollback-target'], wanted: ['rollback-target'] }))
      .when(last)
      .thenTypes('PreflightReported', 'DeploymentPlanned');
  });

  it('of a rollback past an irreversible step is never overridden', () => {
    const world = { kind: 'rollback', allowed: ['no-way-back'], wanted: ['no-way-back'] } as const;
    given(...almostJudged(world))
      .when(last)
      .thenTypes('PreflightReported', 'DeploymentRejected');
  });
});

describe('an environment of which nobody knows what runs', () => {
  it('blocks what comes next, and names the deployment that left it so', () => {
    given(...almostJudged({ uncertain: 'd-0' }))
      .when(last)
      .thenTypes('PreflightReported', 'DeploymentRejected');
    expect(problemsOf({ uncertain: 'd-0' })).toEqual([expect.stringContaining('deployment d-0 ended half way')]);
  });

  it('lets a fix go forward that overrides it', () => {
    const events = almostJudged({ uncertain: 'd-0', allowed: ['unknown-running'], wanted: ['unknown-running'] });
    given(...events)
      .when(last)
      .thenTypes('PreflightReported', 'FindingOverridden', 'DeploymentPlanned');
  });
});

describe('a request with overrides', () => {
  const parsed = (overrides: unknown) => deployRequestSchema.safeParse({ document: '# Deployment: notes', overrides });

  it('names a code and a reason for each', () => {
    expect(parsed([{ code: 'rollback-target', reason }]).success).toBe(true);
    for (const wrong of [{ code: '', reason }, { code: 'rollback-target', reason: ' ' }, { code: 'rollback-target' }])
      expect(parsed([wrong]).success).toBe(false);
  });
});
