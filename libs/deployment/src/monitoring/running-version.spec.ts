import { describe, expect, it } from 'vitest';
import type { DeployPart, Step } from '@backstay/document';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import type { DeploymentEvent } from '../events.ts';
import {
  at,
  breachOf,
  decided,
  examplePlan,
  exampleStep,
  foldDeployment,
  histories,
  minutes,
  nextAt,
} from '../testing/index.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(5));
const breach = breachOf();

const deploys = (id: string, ...parts: DeployPart[]): Step =>
  exampleStep(id, {
    action: { kind: 'deploy', deployer: 'release', parts },
    undo: { kind: 'deployer', parts },
    effect: 'idempotent',
  });
const plan = examplePlan({
  steps: [deploys('deploy.1', 'place'), exampleStep('deploy.2', { mutates: false }), deploys('deploy.3', 'activate')],
});
const beside = () => histories.performing('deploy.1', plan);

const detect = (changes: { shadow?: boolean; at?: string } = {}): DeploymentCommand => ({
  type: 'DetectDegradation',
  trigger: breach.text,
  kind: 'limit',
  breach,
  shadow: false,
  token: 1,
  at: now,
  ...changes,
});
const complete = (step: string): DeploymentCommand => ({
  type: 'CompleteStep',
  step,
  attempt: 1,
  outcome: { status: 'succeeded' },
  token: 1,
  host: 'host-a',
  at: now,
});
const resolve = (outcome: 'completed' | 'failed' | 'retry'): DeploymentCommand => ({
  type: 'ResolveStep',
  step: 'running-version',
  outcome,
  by: 'on-call',
  reason: 'looked',
  at: now,
});
const held = () => decided(beside(), detect());
const statusOf = (events: readonly DeploymentEvent[]) => foldDeployment(events).status;

describe('a degradation before anything new can serve', () => {
  it('is one of the version that runs: the deployment holds, and a person decides', () => {
    given(...beside())
      .when(detect())
      .thenTypes('RunningVersionDegraded', 'DeploymentHeld');
    const hold = decided(beside(), detect()).at(-1);
    expect(hold?.data).toMatchObject({
      code: 'old-version-degraded',
      duty: 'on-call',
      step: 'running-version',
      why: `${breach.sentence}, before anything of ${plan.version} could serve`,
    });
  });

  it('is looked for by a watch of its own, which ends when the new version may serve: nothing it has judged is taken over', () => {
    const watching = (events: readonly DeploymentEvent[]) => nextAt('monitoring', events, now);
    expect(watching(beside())).toMatchObject({ effect: { kind: 'watch', mode: 'running-version' } });
    expect(watching(histories.performing('deploy.3', plan))).toMatchObject({
      effect: { kind: 'watch', mode: 'guard' },
    });
  });

  it('is recorded once, and not at all in shadow mode', () => {
    given(...held())
      .when(detect())
      .thenNothing();
    given(...beside())
      .when(detect({ shadow: true }))
      .thenNothing();
  });

  it('does not end the step that runs, but begins no other', () => {
    expect(nextAt('execution', held(), now)).toMatchObject({
      kind: 'effect',
      effect: { kind: 'perform-step', step: { id: 'deploy.1' } },
    });
    const done = decided(held(), complete('deploy.1'));
    expect(statusOf(done)).toBe('held');
    expect(nextAt('execution', done, now).kind).toBe('idle');
  });

  it('lets the deployment go on beside it when a person says so, and is not reported again', () => {
    const gone = decided(held(), resolve('completed'));
    expect(statusOf(gone)).toBe('executing');
    given(...gone)
      .when(detect())
      .thenNothing();
  });

  it('is looked for again when a person wants that, in what is measured from then on', () => {
    const began = (ms: number): DeploymentCommand => {
      const [first] = breach.samples;
      const samples = [{ ...first!, time: new Date(Date.parse(now) + ms).toISOString() }];
      return { ...detect(), breach: { ...breach, samples } } as DeploymentCommand;
    };
    const again = decided(held(), resolve('retry'));
    given(...again)
      .when(began(-1))
      .thenNothing();
    given(...again)
      .when(began(0))
      .thenTypes('RunningVersionDegraded', 'DeploymentHeld');
  });

  it('is rolled back when a person says so, and the version that never served is not quarantined', () => {
    const back = decided(decided(held(), complete('deploy.1')), resolve('failed'));
    expect(back.at(-1)).toMatchObject({
      type: 'RollbackTriggered',
      data: { trigger: { kind: 'degradation', by: 'on-call' } },
    });
    expect(quarantinedAfter(back)).toBeNull();
  });
});

describe('a degradation once a step was begun that makes the new version serve', () => {
  const serving = () => histories.performing('deploy.3', plan);

  it('rolls back, and quarantines the version', () => {
    given(...serving())
      .when(detect())
      .thenTypes('DegradationDetected', 'RollbackTriggered');
    expect(quarantinedAfter(decided(serving(), detect()))).toBe(plan.version);
  });

  it('is none of the new version where it began before that step', () => {
    const [first] = breach.samples;
    const started = Date.parse(startOf(serving(), 'deploy.3'));
    const beganAt = (ms: number) => ({
      ...breach,
      samples: [{ ...first!, time: new Date(started + ms).toISOString() }],
    });
    given(...serving())
      .when({ ...detect(), breach: beganAt(-1) } as DeploymentCommand)
      .thenNothing();
    given(...serving())
      .when({ ...detect(), breach: beganAt(0) } as DeploymentCommand)
      .thenTypes('DegradationDetected', 'RollbackTriggered');
  });

  it.each<[string, Step]>([
    ['an own command', exampleStep('deploy.1')],
    ['configuration in place', deploys('deploy.1', 'configure')],
  ])('or that can change what is served: %s arms the triggers', (_what, step) => {
    const armed = examplePlan({ steps: [step, deploys('deploy.2', 'activate')] });
    const events = histories.performing('deploy.1', armed);
    given(...events)
      .when(detect())
      .thenTypes('DegradationDetected', 'RollbackTriggered');
    expect(quarantinedAfter(decided(events, detect()))).toBeNull();
  });

  it('and where no step says that it makes a version serve, any own command may have', () => {
    const own = examplePlan({ steps: [exampleStep('deploy.1')] });
    expect(quarantinedAfter(decided(histories.performing('deploy.1', own), detect()))).toBe(own.version);
  });
});

function startOf(events: readonly DeploymentEvent[], step: string): string {
  const started = events.find((event) => event.type === 'StepStarted' && event.data.step === step);
  return started?.type === 'StepStarted' ? started.data.at : '';
}

/** The version that a rollback leaves in quarantine when it ends. */
function quarantinedAfter(triggered: readonly DeploymentEvent[]) {
  const state = foldDeployment(decided(triggered, { type: 'FailRollback', reason: 'late', at: at(minutes(60 * 24)) }));
  return 'quarantined' in state ? state.quarantined : undefined;
}
