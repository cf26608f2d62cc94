import { describe, expect, it } from 'vitest';
import * as given from '../testing/index.ts';
import { summaryOf } from '../deployment-summary/index.ts';
import { why } from './index.ts';

const types = (scenario: { events: Parameters<typeof why>[0] }) => why(scenario.events)?.chain.map(({ type }) => type);

describe('why', () => {
  it('leads from a rollback over the sample, the verdict and the plan back to the request', () => {
    expect(types(given.rolledBackByErrorRate())).toEqual([
      'DeploymentRolledBack',
      'HealthCheckPassed',
      'SmokeTestPassed',
      'StepSucceeded',
      'StepSucceeded',
      'StepSucceeded',
      'RollbackPlanned',
      'RollbackTriggered',
      'DegradationDetected',
      'MetricVerdictChanged',
      'WatchStarted',
      'VerificationPassed',
      'HealthCheckPassed',
      'SmokeTestPassed',
      'ExecutionCompleted',
      'DeploymentPlanned',
      'PlanDrafted',
      'DeploymentRequested',
    ]);
  });

  it('brings the deciding samples whole', () => {
    const detected = why(given.rolledBackByErrorRate().events)?.chain.find(
      ({ type }) => type === 'DegradationDetected',
    );
    expect(detected?.samples).toEqual(given.breach.samples);
  });

  it.each(Object.entries(given.scenarios))('is one chain without a gap, newest first, for: %s', (_name, scenario) => {
    const { events } = scenario();
    for (const prefix of events.map((_, index) => events.slice(0, index + 1))) {
      const found = why(prefix)!;
      const links = found.chain;
      expect(links.map(({ because }) => because)).toEqual([...links.slice(1).map(({ eventId }) => eventId), null]);
      expect(links.at(-1)?.type).toBe('DeploymentRequested');
      expect(found).toMatchObject({ status: summaryOf(prefix)?.status, sentence: summaryOf(prefix)?.sentence });
    }
  });

  it('names the step that failed', () => {
    expect(types(given.rolledBackByStep())).toEqual(
      expect.arrayContaining(['RollbackTriggered', 'ExecutionFailed', 'StepFailed']),
    );
    expect(types(given.failed())).toEqual([
      'DeploymentFailed',
      'ExecutionFailed',
      'StepFailed',
      'DeploymentPlanned',
      'PlanDrafted',
      'DeploymentRequested',
    ]);
  });

  it('brings every problem of a rejection, and names the step whose output is recorded', () => {
    expect(why(given.rejected().events)?.chain[0]).toMatchObject({ problems: [{ line: 12 }, { line: 14 }] });
    const output = { tail: 'boom', sha256: 'ab', bytes: 4, truncated: false };
    const endings = {
      ...given.goodSteps,
      'pre.1': { outcome: { status: 'failed' as const, reason: 'exit 1' }, output },
    };
    const { chain } = why(given.executed({}, endings).events)!;
    expect(chain.flatMap((link) => link.output ?? [])).toEqual(['pre.1']);
    expect(why(given.failed().events)?.chain.some((link) => 'output' in link)).toBe(false);
  });

  it('says of each finding of the preflight how it may be overridden, where it can be', () => {
    const against = (code: string) => ({ code, subject: 'it', ok: false, blocking: true, message: 'is bad' });
    const findings = ['disk', 'metric', 'data-loss'].map(against);
    const scenario = given.planned({ plan: given.examplePlan({ overridable: ['disk'] }), findings });
    const problems = why(scenario.events)?.chain[0]?.problems;
    expect(problems?.map(({ code, override }) => [code, override])).toEqual([
      ['disk', '--override disk="why" lets it pass'],
      ['metric', '`overrides: [metric]` in the profile would allow --override metric="why"'],
      ['data-loss', undefined],
    ]);
    expect(why(given.rejected().events)?.chain[0]?.problems?.some((problem) => 'override' in problem)).toBe(false);
  });

  it('names the person who asked', () => {
    const triggered = why(given.rolledBackManually().events)?.chain.find(({ type }) => type === 'RollbackTriggered');
    expect(triggered?.summary).toBe('a rollback was triggered by operator: customers complain');
  });

  it('of a success names what proved it', () => {
    expect(types(given.success())?.slice(0, 5)).toEqual([
      'DeploymentSucceeded',
      'MonitoringPassed',
      'LogsRead',
      'WatchStarted',
      'VerificationPassed',
    ]);
  });

  it('of no stream is none', () => {
    expect(why([])).toBeNull();
  });
});
