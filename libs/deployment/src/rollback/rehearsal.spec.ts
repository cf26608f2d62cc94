import { describe, expect, it } from 'vitest';
import type { Evidence, Plan } from '@backstay/document';
import { deployment } from '../deployment.ts';
import type { DeploymentEvent } from '../events.ts';
import { examplePlan, exampleStep, fullWatch } from '../testing/plans.ts';
import { at, breachOf, minutes } from '../testing/readings.ts';
import { exampleRequest, exampleRequested } from '../testing/requests.ts';
import { decided, foldDeployment, histories, historyOf } from '../testing/histories.ts';
import { ScriptedHistory } from '../testing/scripted-history.ts';
import { deploymentWorkflow } from '../workflow.ts';
import { problemsOfRehearsal } from '../plan.ts';

const rehearse = { request: { ...exampleRequest, rehearse: true } };

/** The history of a deployment, as that of a rehearsal. */
function rehearsed(events: readonly DeploymentEvent[]): readonly DeploymentEvent[] {
  const [, ...rest] = events;
  return [...historyOf(exampleRequested(rehearse)), ...rest];
}

const metrics = [{ metric: 'error-rate', verdict: 'pass', samples: 60 }];
const pass = { type: 'PassMonitoring' as const, metrics, ...fullWatch(), token: 1, at: at(minutes(20)) };
const trigger = { kind: 'rehearsal', text: 'rehearsal', line: null, by: 'backstay' };

describe('a rehearsal', () => {
  it('is what a request that asks for it becomes, once', () => {
    const [requested, ...others] = historyOf(exampleRequested(rehearse), exampleRequested(rehearse));
    expect(requested?.data).toMatchObject({ kind: 'rehearsal' });
    expect(others).toEqual([]);
  });

  it('given a request without it, is none', () => {
    const [requested] = historyOf(exampleRequested({ request: { ...exampleRequest, rehearse: false } }));
    expect(requested?.data).toMatchObject({ kind: 'deployment' });
  });

  it('when the watch has passed, is rolled back instead of succeeding', () => {
    const events = deployment.decide(pass, foldDeployment(rehearsed(histories.watching())));
    expect(events.map(({ type }) => type)).toEqual(['MonitoringPassed', 'RollbackTriggered']);
    expect(events.at(-1)?.data).toMatchObject({ trigger, fromStatus: 'monitoring' });
  });

  it('when the watch is said to have passed a second time, is not triggered again', () => {
    const once = rehearsed(histories.watching());
    const rollingBack = foldDeployment(deployment.decide(pass, foldDeployment(once)), foldDeployment(once));
    expect(deployment.decide(pass, rollingBack)).toEqual([]);
  });

  it('where nothing is watched, is rolled back when it is verified', () => {
    const { monitoring } = examplePlan();
    const plan = examplePlan({ monitoring: { ...monitoring, source: null } });
    const simulation = new ScriptedHistory();
    simulation.request('d-1', { plan }, rehearse);
    const types = simulation.run().types('d-1');
    expect(types.slice(types.indexOf('VerificationPassed'))).toEqual(
      expect.arrayContaining(['RollbackTriggered', 'RollbackPlanned', 'DeploymentRolledBack']),
    );
    expect(types).not.toContain('DeploymentSucceeded');
  });

  it('leaves the environment as it was: what ran runs again, and nothing is quarantined', () => {
    const simulation = new ScriptedHistory();
    simulation.request('d-0');
    simulation.run();
    const before = simulation.environmentState;
    simulation.request('d-1', {}, rehearse);
    simulation.run();
    const { running, verifiedGood, quarantined, holder } = simulation.environmentState;
    expect(simulation.state('d-1').status).toBe('rolled-back-verified');
    expect({ running, verifiedGood, quarantined }).toEqual({
      running: before.running,
      verifiedGood: before.verifiedGood,
      quarantined: [],
    });
    expect(holder).toBeNull();
  });

  it('records the measured against the estimated time', () => {
    const simulation = new ScriptedHistory();
    simulation.request('d-0');
    simulation.run();
    simulation.request('d-1', {}, rehearse);
    const back = simulation
      .run()
      .events('d-1')
      .find(({ type }) => type === 'DeploymentRolledBack');
    expect(back?.data).toMatchObject({ verified: true, measuredMs: expect.any(Number), estimatedMs: 300_000 });
  });

  it('of the first deployment is undone and cannot be verified', () => {
    const simulation = new ScriptedHistory();
    simulation.request('d-1', {}, rehearse);
    expect(simulation.run().state('d-1')).toMatchObject({ status: 'rolled-back-unverified', running: null });
  });

  it('that breaks a limit is rolled back for that, and its version is quarantined like any other', () => {
    const watching = foldDeployment(rehearsed(histories.watching()));
    const breach = breachOf();
    const found = { type: 'DetectDegradation' as const, trigger: breach.text, kind: 'limit' as const, breach };
    const events = deployment.decide({ ...found, shadow: false, token: 1, at: at(minutes(3)) }, watching);
    expect(events.at(-1)?.data).toMatchObject({ trigger: { kind: 'limit' } });
  });
});

describe('a rehearsal whose document asks for evidence of its own', () => {
  const asking = (evidence: Evidence, line: number) =>
    ({ text: `line ${line}`, line, rule: { kind: 'evidence', evidence } }) as const;
  const page = asking({ reader: 'url', url: 'http://127.0.0.1/runbook' }, 140);
  const logs = asking({ reader: 'log', files: ['app.log'], patterns: ['ERROR'], allow: [] }, 141);
  const played = (monitoring: Partial<Plan['monitoring']>) => {
    const plan = examplePlan({
      acceptanceCriteria: [page, logs],
      monitoring: { ...examplePlan().monitoring, ...monitoring },
    });
    const simulation = new ScriptedHistory();
    simulation.request('d-0');
    simulation.run();
    simulation.request('d-1', { plan }, rehearse);
    return simulation.run();
  };

  it.each([
    ['watched', {}],
    ['not watched', { source: null }],
  ])('and that is %s is taken back when the last of it is read', (_how, monitoring) => {
    const simulation = played(monitoring);
    const types = simulation.types('d-1');
    expect(types.filter((type) => type === 'EvidenceRead')).toHaveLength(2);
    expect(types.slice(types.lastIndexOf('EvidenceRead'))).toEqual(
      expect.arrayContaining(['RollbackTriggered', 'DeploymentRolledBack']),
    );
    expect(types.indexOf('RollbackTriggered')).toBeGreaterThan(types.lastIndexOf('EvidenceRead'));
    expect(simulation.state('d-1').status).toBe('rolled-back-verified');
  });

  const plan = examplePlan({ acceptanceCriteria: [logs] });
  const watching = rehearsed(histories.watching(plan));
  const waiting = [...watching, ...deployment.decide(pass, foldDeployment(watching))];

  it('waits for it, watches no more, and a second pass changes nothing', () => {
    const state = foldDeployment(waiting);
    expect(waiting.at(-1)?.type).toBe('MonitoringPassed');
    expect(deploymentWorkflow.next('monitoring', state, at(minutes(20)))).toEqual({ kind: 'idle' });
    expect(deploymentWorkflow.next('execution', state, at(minutes(20)))).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'read-evidence',
        lines: [{ line: 141 }],
      },
    });
    expect(deployment.decide(pass, state)).toEqual([]);
  });

  it('waits for it also when a person took the watch as good enough', () => {
    const asks = examplePlan({
      acceptanceCriteria: [logs],
      monitoring: { ...examplePlan().monitoring, onNoData: { waitMs: 1_000, then: 'ask:on-call' } },
    });
    const failed = {
      type: 'FailMonitoring',
      reason: 'no data',
      metrics: [],
      range: null,
      token: 1,
      at: pass.at,
    } as const;
    const by = { by: 'operator', reason: 'looked at it', at: pass.at };
    const resolve = { type: 'ResolveStep', step: 'watch', outcome: 'completed', ...by } as const;
    const state = foldDeployment(decided(rehearsed(histories.watching(asks)), failed, resolve));
    expect(state).toMatchObject({ status: 'monitoring', watchComplete: true });
    expect(deploymentWorkflow.next('monitoring', state, pass.at)).toEqual({ kind: 'idle' });
  });

  it('is taken back all the same when nobody reads it', () => {
    const ended = { type: 'EndStall', at: at(minutes(60)) } as const;
    const events = deployment.decide(ended, foldDeployment(waiting));
    expect(events).toMatchObject([
      { type: 'RollbackTriggered', data: { reason: expect.stringContaining('the reading of its evidence') } },
    ]);
  });

  it('does not wait with a rollback that something else asks for', () => {
    const breach = breachOf();
    const found = { type: 'DetectDegradation' as const, trigger: breach.text, kind: 'limit' as const, breach };
    const events = deployment.decide({ ...found, shadow: false, token: 1, at: pass.at }, foldDeployment(waiting));
    expect(events.at(-1)?.type).toBe('RollbackTriggered');
  });
});

describe('the problems of a rehearsal', () => {
  it('are none where the rollback can be made', () => {
    expect(problemsOfRehearsal(examplePlan())).toEqual([]);
  });

  it.each([
    ['production', examplePlan({ environment: 'production' }), 'rehearsal-in-production', 1],
    [
      'a step that cannot be undone',
      examplePlan({ steps: [exampleStep('deploy.1', { irreversible: true })] }),
      'rehearsal-irreversible',
      11,
    ],
    [
      'a plan that changes nothing',
      examplePlan({ steps: [exampleStep('deploy.1', { mutates: false })] }),
      'rehearsal-of-nothing',
      1,
    ],
  ])('name %s', (_name, plan, code, line) => {
    expect(problemsOfRehearsal(plan)).toEqual([expect.objectContaining({ code, line, severity: 'error' })]);
  });
});
