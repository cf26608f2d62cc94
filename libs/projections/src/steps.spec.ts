import { describe, expect, it } from 'vitest';
import { steps } from './steps.ts';
import * as given from './testing/index.ts';

const statuses = (scenario: given.Scenario) =>
  Object.fromEntries(steps(scenario.events).map(({ id, status }) => [id, status]));

describe('the steps', () => {
  it('are those of the plan, also those that have not begun', () => {
    expect(statuses(given.planned())).toEqual({
      'pre.1': 'pending',
      'pre.2': 'pending',
      'deploy.1': 'pending',
      'deploy.2': 'pending',
      'post.1': 'pending',
    });
    expect(steps(given.requested().events)).toEqual([]);
  });

  it('report each attempt with its times, outcome and result', () => {
    const [first] = steps(given.executed().events);
    expect(first).toMatchObject({
      id: 'pre.1',
      stage: 'pre',
      number: 1,
      title: 'Verify all integration tests passed',
      line: 30,
      status: 'succeeded',
      action: { kind: 'evidence' },
    });
    expect(first?.attempts).toEqual([
      expect.objectContaining({
        attempt: 1,
        host: 'host-1',
        outcome: 'succeeded',
        reason: null,
        output: null,
        result: given.goodReport.result,
      }),
    ]);
    expect(Date.parse(first?.attempts[0]?.endedAt ?? '')).toBeGreaterThan(
      Date.parse(first?.attempts[0]?.startedAt ?? ''),
    );
  });

  it('report every try of a step that is tried again', () => {
    const retried = { ...given.exampleSteps[0]!, retry: { times: 2, everyMs: 1_000 } };
    const scenario = given.ready({ plan: given.examplePlan({ steps: [retried, ...given.exampleSteps.slice(1)] }) });
    const fenced = { step: 'pre.1', token: 1, host: 'host-1' };
    const outcome = { status: 'failed', reason: 'no report yet' } as const;
    scenario
      .when((at) => ({ type: 'BeginStep', ...fenced, at }))
      .when((at) => ({ type: 'CompleteStep', ...fenced, attempt: 1, outcome, at }));
    expect(statuses(scenario)['pre.1']).toBe('retrying');
    scenario.when((at) => ({ type: 'BeginStep', ...fenced, at }));
    expect(steps(scenario.events)[0]).toMatchObject({
      status: 'running',
      attempts: [
        { attempt: 1, outcome: 'failed', reason: 'no report yet' },
        { attempt: 2, outcome: null, endedAt: null },
      ],
    });
  });

  it('are not reached once what was begun is taken back', () => {
    const scenario = given.executed(
      {},
      { ...given.goodSteps, 'deploy.2': { outcome: { status: 'failed', reason: 'exit 1' } } },
    );
    expect(statuses(scenario)).toMatchObject({ 'deploy.2': 'failed', 'post.1': 'not-reached' });
    const planned = scenario.when((at) => ({
      type: 'PlanRollback',
      token: 1,
      target: given.previous,
      checks: { from: 'd0', smokeTests: [], healthChecks: [] },
      at,
    }));
    expect(statuses(planned)).toMatchObject({ 'post.1': 'not-reached', 'rollback.1': 'pending' });
  });

  it('are not reached after an end that came before them', () => {
    expect(statuses(given.failed())).toEqual({
      'pre.1': 'failed',
      'pre.2': 'not-reached',
      'deploy.1': 'not-reached',
      'deploy.2': 'not-reached',
      'post.1': 'not-reached',
    });
  });

  it('are followed by those of the rollback', () => {
    const rollback = steps(given.rolledBackByErrorRate().events).filter(({ stage }) => stage === 'rollback');
    expect(rollback.map(({ id, title, status }) => ({ id, title, status }))).toEqual([
      { id: 'rollback.1', title: 'Revert to previous version', status: 'succeeded' },
      { id: 'rollback.2', title: 'Restart services', status: 'succeeded' },
      { id: 'rollback.3', title: 'Undo deploy.1: Run database migrations', status: 'succeeded' },
    ]);
  });
});
