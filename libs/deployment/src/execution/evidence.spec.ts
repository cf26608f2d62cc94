import { describe, expect, it } from 'vitest';
import type { Evidence, Plan } from '@backstay/document';
import { deployment } from '../deployment.ts';
import {
  at,
  decided,
  examplePlan,
  exampleStep,
  foldDeployment,
  histories,
  minutes,
  ScriptedHistory,
  nextAt,
} from '../testing/index.ts';
import { passingReading } from '../testing/readings.ts';
import { evidenceDue, evidenceLines, mayNotApply } from '../evidence.ts';

const page: Evidence = { reader: 'url', url: 'http://127.0.0.1/runbook' };
const logs: Evidence = { reader: 'log', files: ['app.log'], patterns: ['ERROR'], allow: [] };

const planAsking = (evidence: Evidence, changes: Partial<Plan> = {}): Plan =>
  examplePlan({
    acceptanceCriteria: [{ text: 'Runbook published', line: 140, rule: { kind: 'evidence', evidence } }],
    ...changes,
  });
const linesOf = (plan: Plan) => evidenceLines(plan).map(({ line }) => line);

const plan = planAsking(page);
const record = {
  type: 'RecordEvidence' as const,
  token: 1,
  readings: [{ line: 140, reading: passingReading('url') }],
  at: at(minutes(2)),
};
const dueAt = (events: ReturnType<typeof histories.closing>) =>
  evidenceDue(foldDeployment(events)).map(({ line }) => line);

describe('a line that asks for evidence of its own', () => {
  it('is read by a reader of its own', () => {
    expect(linesOf(plan)).toEqual([140]);
  });

  it('is not, where a step reads the same', () => {
    const step = exampleStep('pre.1', { action: { kind: 'evidence', evidence: { ...page } }, mutates: false });
    expect(linesOf(planAsking(page, { steps: [step] }))).toEqual([]);
  });

  it('is not, where the watch reads the same', () => {
    const { monitoring } = examplePlan();
    expect(linesOf(planAsking(logs, { monitoring: { ...monitoring, logs } }))).toEqual([]);
    expect(linesOf(planAsking(logs, { monitoring: { ...monitoring, logs, source: null } }))).toEqual([140]);
  });

  it.each<Evidence>([
    { reader: 'deployed-in', environment: 'staging' },
    { reader: 'rollback-rehearsed', withinMs: 1 },
  ])('is not, where history proves it: $reader', (evidence) => {
    expect(linesOf(planAsking(evidence))).toEqual([]);
  });

  it('may be one of the documentation, unless a step works through that', () => {
    const line = { text: 'Runbook', proof: { kind: 'evidence' as const, evidence: page }, origin: 'document' as const };
    const documentation = [{ ...line, source: { line: 120 } }];
    const steps = [exampleStep('post.1', { action: { kind: 'section', section: 'documentation' }, mutates: false })];
    expect(linesOf(examplePlan({ documentation }))).toEqual([120]);
    expect(linesOf(examplePlan({ documentation, steps }))).toEqual([]);
  });
});

describe('the reading of evidence', () => {
  it('is due when every step is done, and no sooner', () => {
    expect(dueAt(histories.performing('post.1', plan))).toEqual([]);
    expect(dueAt(histories.closing(plan))).toEqual([140]);
    expect(dueAt(histories.watching(plan))).toEqual([140]);
    expect(dueAt(histories.succeeded(plan))).toEqual([140]);
    expect(dueAt(histories.rollingBack(plan))).toEqual([]);
  });

  it('of logs is due when the deployment has succeeded, for all that was written', () => {
    expect(dueAt(histories.watching(planAsking(logs)))).toEqual([]);
    expect(dueAt(histories.succeeded(planAsking(logs)))).toEqual([140]);
  });

  it('is what execution does then', () => {
    expect(nextAt('execution', histories.closing(plan), at(minutes(2)))).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'read-evidence',
        lines: [{ line: 140, text: 'Runbook published', evidence: page }],
      },
    });
  });

  it.each([
    ['while the checks are made', histories.closing(plan)],
    ['during the watch', histories.watching(plan)],
    ['after the end', histories.succeeded(plan)],
  ])('%s becomes an event, once', (_when, events) => {
    const decided = deployment.decide(record, foldDeployment(events));
    expect(decided).toMatchObject([{ type: 'EvidenceRead', data: { line: 140, text: 'Runbook published' } }]);
    const after = foldDeployment([...events, ...decided]);
    expect(deployment.decide(record, after)).toEqual([]);
    expect(evidenceDue(after)).toEqual([]);
  });

  it('of a line that asks for none is not an event', () => {
    const other = { ...record, readings: [{ line: 99, reading: passingReading('url') }] };
    expect(deployment.decide(other, foldDeployment(histories.closing(plan)))).toEqual([]);
  });

  it('under an older token is refused', () => {
    const newer = decided(histories.closing(plan));
    expect(() => deployment.decide({ ...record, token: 0 }, foldDeployment(newer))).toThrow('older than');
  });

  it('before there is anything to read is refused', () => {
    expect(() => deployment.decide(record, foldDeployment(histories.drafted(plan)))).toThrow('planning');
  });

  it('keeps no deployment from its end, and is made in each', () => {
    const world = new ScriptedHistory();
    world.request('d-1', { plan });
    const types = world.run().types('d-1');
    expect(types.filter((type) => type === 'EvidenceRead')).toHaveLength(1);
    expect(world.state('d-1').status).toBe('succeeded');
  });
});

describe('a documentation line that is there only if something changed', () => {
  const touched: Evidence = { reader: 'commit-touches', path: 'docs/api.md' };
  const report: Evidence = { reader: 'junit', glob: 'docs.xml' };
  const line = (evidence: Evidence, optional?: boolean) => ({
    proof: { kind: 'evidence' as const, evidence },
    optional,
  });

  it.each([
    [true, 'the commit does not touch its path', line(touched, true)],
    [false, 'it is always to be there', line(touched)],
    [false, 'a report fails, which reports no change', line(report, true)],
  ])('may not apply (%s) where %s', (may, _where, documented) => {
    expect(mayNotApply(documented)).toBe(may);
  });
});
