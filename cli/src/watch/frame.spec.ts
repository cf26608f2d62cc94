import { describe, expect, it } from 'vitest';
import pico from 'picocolors';
import type { AuditEntry, Deployment, MetricSeries } from '@backstay/api-contract';
import { auditEntry, held, id, planned, series, summary } from '../testing/entries.test-support.ts';
import { frame } from './frame.ts';
import { progressOf } from './progress.ts';
import type { Snapshot } from './snapshot.ts';

const plain = pico.createColors(false);
const now = Date.parse('2026-03-01T12:03:12.000Z');

function picture(
  entries: readonly AuditEntry[],
  changes: Partial<Deployment> = {},
  more: Partial<Snapshot> = {},
): string {
  const snapshot = {
    summary: summary(changes),
    entries,
    progress: progressOf(entries),
    metrics: [],
    why: null,
    ...more,
  };
  return frame(plain, snapshot, now).join('\n');
}

type Sample = MetricSeries['samples'][number];
type Limit = NonNullable<MetricSeries['threshold']>;

const sample = (value: number | null, verdict: string): Sample => ({ time: '', value, verdict, latencyMs: 1 });

const limit = (value: number, unit: string): Limit => ({
  kind: 'threshold',
  operator: '>',
  value,
  unit,
  forMs: 5_000,
  action: null,
  line: 1,
  text: '',
});

const ran = (step: string, from: number, until: number) => [
  auditEntry('StepStarted', { step, attempt: 1 }, from),
  auditEntry('StepSucceeded', { step, attempt: 1 }, until),
];

describe('the picture of a deployment', () => {
  it('begins with service, versions, environment, id, who, status and elapsed time', () => {
    expect(picture([])).toBe(`notes-api 1.1.0 → 1.2.0  production  ${id}  by ci (claimed)\n● executing  3m12s`);
  });

  it('shows a document that is not read yet', () => {
    expect(picture([], { service: null, version: null, previousVersion: null, status: 'planning' })).toMatch(
      /^a document that is not read yet {2}production/,
    );
  });

  it('shows a finished stage in one line, and the running one in full', () => {
    const text = picture([
      planned,
      ...ran('pre.1', 1, 3),
      auditEntry('StepStarted', { step: 'deploy.1', attempt: 2 }, 190),
    ]);
    expect(text).toContain('✔ Pre-Deployment  1/1  2s\n◌ Deployment  0/2');
    expect(text).toContain('  ◌ Run database migrations  2s  attempt 2\n  · Restart services');
  });

  it('shows a failed step with its reason and its line', () => {
    const failed = [
      planned,
      auditEntry('StepStarted', { step: 'deploy.1', attempt: 1 }, 1),
      auditEntry('StepFailed', { step: 'deploy.1', attempt: 1, reason: 'exit 1', willRetryAt: null }, 2),
    ];
    expect(picture(failed)).toContain('  ✖ Run database migrations  1s  exit 1  line 27');
  });

  it('shows smoke tests with what was observed', () => {
    const check = { purpose: 'verification', kind: 'smoke-test', attempts: 1, line: 88 };
    const text = picture([
      planned,
      auditEntry('SmokeTestPassed', {
        ...check,
        title: 'User Login',
        passed: true,
        observed: { status: 200, latencyMs: 143 },
      }),
      auditEntry('SmokeTestFailed', {
        ...check,
        title: 'Data Retrieval',
        passed: false,
        attempts: 3,
        observed: { status: 503 },
        reason: 'expected 200',
      }),
    ]);
    expect(text).toContain('✖ Smoke tests and health checks  1/3');
    expect(text).toContain('  ✔ User Login  200  143ms');
    expect(text).toContain('  ✖ Data Retrieval  503  expected 200  attempt 3  line 88');
  });

  it('shows what is measured against its limit, with the time that is left', () => {
    const metrics = [
      series({
        metric: 'error-rate',
        threshold: limit(0.05, 'ratio'),
        samples: [0, 0.002, 0.098].map((value) => sample(value, value > 0.05 ? 'fail' : 'pass')),
      }),
      series({
        metric: 'response-time',
        quantile: 0.99,
        unit: 'ms',
        threshold: limit(2_000, 'ms'),
        samples: [sample(null, 'no-data')],
      }),
      series({ metric: 'cpu' }),
    ];
    const watching = [planned, auditEntry('WatchStarted', { until: '2026-03-01T12:03:22.000Z' })];
    const text = picture(watching, { status: 'monitoring', phase: 'monitoring' }, { metrics });
    expect(text).toContain('◌ Monitoring  10s left');
    expect(text).toMatch(/error rate +✖ 9\.8 % +▁▁█ +limit 5 %/);
    expect(text).toMatch(/response time p99 +no-data +limit 2 s/);
    expect(text).toMatch(/cpu +no sample yet/);
  });

  it.each([
    ['- Monitoring  not begun', [], { status: 'rolled-back-verified', phase: 'rollback' }],
    [
      '- Monitoring  ended early',
      [auditEntry('WatchStarted', { until: '' }), auditEntry('RollbackTriggered', { reason: 'asked for' })],
      { status: 'rolling-back', phase: 'rollback' },
    ],
    [
      '✔ Monitoring',
      [auditEntry('WatchStarted', { until: '' }), auditEntry('MonitoringPassed'), auditEntry('RollbackTriggered', {})],
      { status: 'rolled-back-verified', phase: 'rollback' },
    ],
    [
      '✖ Monitoring',
      [
        auditEntry('WatchStarted', { until: '' }),
        auditEntry('DegradationDetected'),
        auditEntry('RollbackTriggered', {}),
      ],
      { status: 'rolled-back-verified', phase: 'rollback' },
    ],
    ['· Monitoring', [], { status: 'monitoring', phase: 'monitoring' }],
  ] as const)('says what became of the watch: %s', (line, entries, changes) => {
    const metrics = [series({ metric: 'cpu' })];
    expect(picture([planned, ...entries], changes, { metrics }).split('\n')).toContain(line);
  });

  it('shows of what takes another one back no steps but its own', () => {
    expect(picture([planned], { kind: 'rollback', status: 'rolling-back' })).not.toContain('Deployment');
  });

  it('ends a rollback with the sentence that says why', () => {
    const entries = [
      planned,
      auditEntry('RollbackTriggered', { reason: 'error rate was 9.8 % (limit 5 % for 5 s, line 142)' }),
      auditEntry('RollbackPlanned', { steps: [{ id: 'rollback.1', stage: 'rollback', title: 'Restart services' }] }),
      ...ran('rollback.1', 3, 5),
    ];
    const sentence = 'rolled back because error rate was 9.8 %';
    const why = { status: 'rolled-back-verified', sentence, chain: [] } as const;
    const text = picture(entries, { status: 'rolled-back-verified', finishedAt: '2026-03-01T12:00:07.000Z' }, { why });
    expect(text).toContain('↶ rolled back, verified  7s');
    expect(text).toContain('⚠ Rollback: error rate was 9.8 % (limit 5 % for 5 s, line 142)\n✔ Rollback  1/1  2s');
    expect(text.split('\n').at(-1)).toBe('Why: rolled back because error rate was 9.8 %');
  });

  it('lists the findings of a rejection, each with what would let it pass', () => {
    const finding = { line: 12, column: 1, severity: 'error', code: 'disk', message: 'disk: is full' } as const;
    const link = { eventId: 'e-1', type: 'DeploymentRejected', time: '', summary: '', because: null };
    const problems = [{ ...finding, override: '--override disk="why" lets it pass' }];
    const why = { status: 'rejected', sentence: 'rejected: disk: is full', chain: [{ ...link, problems }] } as const;
    expect(picture([], { status: 'rejected', finishedAt: '2026-03-01T12:00:07.000Z' }, { why })).toContain(
      'Why: rejected: disk: is full\n  error 12:1: disk: is full [disk]; --override disk="why" lets it pass',
    );
  });

  it('says once whom a held deployment waits for', () => {
    const why = 'Approve (pre.1) waits for release-manager';
    const waiting = held({ why, duty: 'release-manager', ends: ['backstay …'] });
    expect(picture([], { status: 'held', held: waiting })).toContain(
      '‖ Held: Approve (pre.1) waits for release-manager\n  backstay …',
    );
  });

  it('reports what a held deployment waits for', () => {
    const ends = ['backstay confirm d1 pre.1 --reason …'];
    const waiting = held({ why: 'waiting for approval', duty: 'release-manager', ends });
    expect(picture([], { status: 'held', held: waiting })).toContain(
      `‖ held  3m12s\n‖ Held: waiting for approval\n  waits for release-manager\n  ${ends[0]}`,
    );
  });
});
