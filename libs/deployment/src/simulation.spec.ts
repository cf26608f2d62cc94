import { describe, expect, it } from '@jest/globals';
import type { Step } from '@backstay/document';
import { phases } from './phase.ts';
import type { StepOutcome } from './execution/commands.ts';
import { isEnded } from './state.ts';
import {
  at,
  examplePlan,
  exampleRequest,
  exampleStep,
  minutes,
  passingChecks,
  ScriptedHistory,
} from './testing/index.ts';

const manual = { kind: 'manual', duty: { verb: 'confirmed', duty: 'release manager' } } as const;

const failing =
  (id: string, outcome: StepOutcome = { status: 'failed', reason: 'exit code 1' }) =>
  ({ id: each }: Step): StepOutcome =>
    each === id ? outcome : { status: 'succeeded' };

/** A world in which this version is the one that runs. */
function afterFirst(id = 'd-0'): ScriptedHistory {
  const world = new ScriptedHistory();
  world.request(id, { plan: examplePlan({ version: '1.0.0' }) });
  return world.run();
}

function expectRest(world: ScriptedHistory, id: string): void {
  const state = world.state(id);
  expect(isEnded(state)).toBe(true);
  for (const phase of phases) expect(world.next(id, phase)).toEqual({ kind: 'complete' });
  expect(world.environmentState.holder).not.toBe(id);
}

describe('a deployment from request to end', () => {
  it('succeeds when every act goes well', () => {
    const world = new ScriptedHistory();
    world.request('d-1');
    world.run();
    expect(world.types('d-1')).toEqual([
      'DeploymentRequested',
      'PlanDrafted',
      'BlockersCleared',
      'PreflightRequested',
      'PreflightReported',
      'PreflightReported',
      'PreflightReported',
      'DeploymentPlanned',
      'RollbackPointCaptured',
      'StepStarted',
      'StepSucceeded',
      'StepStarted',
      'StepSucceeded',
      'StepStarted',
      'StepSucceeded',
      'ExecutionCompleted',
      'StepStarted',
      'SmokeTestPassed',
      'StepSucceeded',
      'ChecksStarted',
      'SmokeTestPassed',
      'HealthCheckPassed',
      'VerificationPassed',
      'WatchStarted',
      'MonitoringPassed',
      'DeploymentSucceeded',
      'EnvironmentReleased',
    ]);
    expect(world.environmentState).toMatchObject({
      holder: null,
      running: { version: '1.1.0' },
      verifiedGood: { version: '1.1.0' },
    });
    expectRest(world, 'd-1');
  });

  it('fails, with nothing changed, when a step fails before the first that changes something', () => {
    const world = afterFirst();
    world.request('d-1', { outcome: failing('pre.1') });
    world.run();
    expect(world.state('d-1').status).toBe('failed');
    expect(world.environmentState).toMatchObject({
      running: { version: '1.0.0' },
      verifiedGood: { version: '1.0.0' },
      quarantined: {},
    });
    expectRest(world, 'd-1');
  });

  it('is rolled back to what ran before when a step fails after a change', () => {
    const world = afterFirst();
    world.request('d-1', { outcome: failing('deploy.2') });
    world.run();
    expect(world.state('d-1').status).toBe('rolled-back-verified');
    expect(world.environmentState).toMatchObject({
      running: { version: '1.0.0' },
      quarantined: { '1.1.0': expect.stringContaining('exit code 1') },
    });
    expectRest(world, 'd-1');
  });

  it('is rolled back when a limit is broken during the watch', () => {
    const world = afterFirst();
    world.request('d-1', { watch: 'degrades' });
    world.run();
    expect(world.state('d-1')).toMatchObject({
      status: 'rolled-back-verified',
      reason: 'error rate was 9.8 % (limit 5 % for 5 s, line 60)',
    });
    expectRest(world, 'd-1');
  });

  it('is rolled back when the watch says nothing', () => {
    const world = afterFirst();
    world.request('d-1', { watch: 'says nothing' });
    world.run();
    expect(world.state('d-1').status).toBe('rolled-back-verified');
    expectRest(world, 'd-1');
  });

  it('is rolled back unverified when the restored version does not pass its checks', () => {
    const world = afterFirst();
    world.request('d-1', { watch: 'degrades', checks: (purpose) => passingChecks(purpose === 'verification') });
    world.run();
    expect(world.state('d-1').status).toBe('rolled-back-unverified');
    expectRest(world, 'd-1');
  });

  it('undoes a first deployment without a version to go back to, and says so', () => {
    const world = new ScriptedHistory();
    world.request('d-1', { watch: 'degrades' });
    world.run();
    expect(world.state('d-1').status).toBe('rolled-back-unverified');
    expect(world.environmentState.running).toBeNull();
    expectRest(world, 'd-1');
  });

  it('lets nothing follow an end half way, but what overrides that nobody knows what runs', () => {
    const world = afterFirst();
    world.request('d-1', { watch: 'degrades', outcome: failing('rollback.1') });
    world.run();
    expect(world.environmentState.uncertain).toBe('d-1');
    world.request('d-2');
    world.run();
    expect(world.state('d-2')).toMatchObject({ status: 'rejected', reason: expect.stringContaining('d-1') });
    expect(world.environmentState.uncertain).toBe('d-1');
    const overrides = [{ code: 'unknown-running', reason: 'looked at it' }];
    const script = { plan: examplePlan({ overridable: ['unknown-running'] }) };
    world.request('d-3', script, { request: { ...exampleRequest, overrides } });
    world.run();
    expect(world.state('d-3').status).toBe('succeeded');
    expect(world.environmentState).toMatchObject({ uncertain: null, running: { deployment: 'd-3' } });
    expectRest(world, 'd-3');
  });

  it('ends a rollback by name when an undo fails', () => {
    const world = afterFirst();
    world.request('d-1', { watch: 'degrades', outcome: failing('rollback.1') });
    world.run();
    expect(world.state('d-1').status).toBe('rollback-failed');
    expect(world.types('d-1')).toContain('NoticeDelivered');
    expectRest(world, 'd-1');
  });

  it('gives a step its retries before it fails', () => {
    const world = afterFirst();
    const retried = exampleStep('deploy.1', { retry: { times: 2, everyMs: 5000 } });
    world.request('d-1', {
      plan: examplePlan({ steps: [retried] }),
      outcome: (_step, attempt) => (attempt < 3 ? { status: 'failed', reason: 'busy' } : { status: 'succeeded' }),
    });
    world.run();
    expect(world.types('d-1').filter((type) => type === 'StepFailed')).toHaveLength(2);
    expect(world.state('d-1').status).toBe('succeeded');
  });
});

describe('a trigger while a step runs', () => {
  const openAt = (id: string) => (step: Step) =>
    step.id === id ? ('running' as const) : ({ status: 'succeeded' } as const);

  it('moves the state at once, ends the step, and only then undoes', () => {
    const world = afterFirst();
    world.request('d-1', { outcome: openAt('deploy.2') });
    world.run();
    expect(world.state('d-1').status).toBe('executing');
    world.tell('d-1', {
      type: 'TriggerRollback',
      trigger: { kind: 'manual', text: 'stop it', line: null, by: 'operator' },
      reason: 'stop it',
      at: world.now,
    });
    expect(world.next('d-1', 'rollback')).toEqual({
      kind: 'effect',
      effect: { kind: 'await-quiet', step: 'deploy.2', attempt: 1 },
      reviewAt: at(minutes(40)),
    });
    expect(world.next('d-1', 'execution')).toEqual({
      kind: 'effect',
      effect: { kind: 'interrupt-step', step: 'deploy.2', attempt: 1 },
    });
    world.run();
    const types = world.types('d-1');
    expect(types.indexOf('RollbackTriggered')).toBeLessThan(types.indexOf('StepInterrupted'));
    expect(types.indexOf('StepInterrupted')).toBeLessThan(types.indexOf('RollbackPlanned'));
    expect(world.state('d-1').status).toBe('rolled-back-verified');
    expectRest(world, 'd-1');
  });

  it('bounds the wait for quiet by the rollback’s deadline', () => {
    const world = afterFirst();
    world.request('d-1', { outcome: openAt('deploy.2') });
    world.run();
    world.tell('d-1', {
      type: 'TriggerRollback',
      trigger: { kind: 'manual', text: 'stop it', line: null, by: 'operator' },
      reason: 'stop it',
      at: world.now,
    });
    world.pass(minutes(31));
    expect(world.next('d-1', 'rollback')).toMatchObject({ kind: 'effect', effect: { kind: 'fail-rollback' } });
    world.turn('d-1', 'rollback');
    expect(world.state('d-1').status).toBe('rollback-failed');
    expect(world.next('d-1', 'planning')).toEqual({ kind: 'another-turn' });
    world.run();
    expectRest(world, 'd-1');
  });

  it('ends a rollback step that runs past the deadline before the environment is let go', () => {
    const world = afterFirst();
    world.request('d-1', { watch: 'degrades', outcome: openAt('rollback.1') });
    world.run();
    expect(world.state('d-1').status).toBe('rolling-back');
    world.pass(minutes(60));
    world.turn('d-1', 'rollback');
    expect(world.state('d-1').status).toBe('rollback-failed');
    expect(world.next('d-1', 'rollback')).toMatchObject({
      kind: 'effect',
      effect: { kind: 'interrupt-step', step: 'rollback.1' },
    });
    world.run();
    expectRest(world, 'd-1');
  });

  it('is taken up by the next process when its performer is lost, at the same attempt', () => {
    const world = afterFirst();
    const lost = { now: true };
    world.request('d-1', {
      outcome: ({ id }) => (id === 'deploy.1' && lost.now ? 'running' : { status: 'succeeded' }),
    });
    world.run();
    lost.now = false;
    world.takeOver('execution');
    world.run();
    expect(world.types('d-1')).toContain('StepResumed');
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('is unknown when its performer is lost and it may not be run twice', () => {
    const world = afterFirst();
    const steps = [exampleStep('deploy.1', { effect: 'opaque' })];
    const lost = { now: true };
    world.request('d-1', {
      plan: examplePlan({ steps }),
      outcome: () => (lost.now ? 'running' : { status: 'succeeded' }),
    });
    world.run();
    lost.now = false;
    world.takeOver('execution');
    world.run();
    expect(world.state('d-1')).toMatchObject({ status: 'held', hold: { code: 'unknown-outcome', step: 'deploy.1' } });
    world.tell('d-1', {
      type: 'ResolveStep',
      step: 'deploy.1',
      outcome: 'retry',
      by: 'operator',
      reason: 'it never ran',
      at: world.now,
    });
    world.run();
    expect(world.state('d-1').status).toBe('succeeded');
  });
});

describe('a cancelled deployment', () => {
  const openAt = (id: string) => (step: Step) =>
    step.id === id ? ('running' as const) : ({ status: 'succeeded' } as const);

  it('ends cancelled before a change, and its open step is ended before the environment is let go', () => {
    const world = afterFirst();
    world.request('d-1', { outcome: openAt('pre.1') });
    world.run();
    world.tell('d-1', { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: world.now });
    expect(world.state('d-1').status).toBe('cancelled');
    expect(world.next('d-1', 'planning')).toEqual({ kind: 'another-turn' });
    world.run();
    expect(world.types('d-1').slice(-3)).toEqual(['DeploymentCancelled', 'StepInterrupted', 'EnvironmentReleased']);
    expect(world.environmentState.running).toMatchObject({ version: '1.0.0' });
    expectRest(world, 'd-1');
  });

  it('is rolled back after a change', () => {
    const world = afterFirst();
    world.request('d-1', { outcome: openAt('deploy.2') });
    world.run();
    world.tell('d-1', { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: world.now });
    world.run();
    expect(world.state('d-1')).toMatchObject({
      status: 'rolled-back-verified',
      reason: 'operator cancelled it: not today',
    });
    expectRest(world, 'd-1');
  });
});

describe('a hold', () => {
  const steps = [
    exampleStep('pre.1', { action: manual, mutates: false }),
    exampleStep('deploy.1'),
    exampleStep('deploy.2', { action: manual, mutates: false }),
  ];

  it('waits for a person at a manual step, goes on when it is confirmed, and closes the stage', () => {
    const world = afterFirst();
    world.request('d-1', { plan: examplePlan({ steps }) });
    for (const step of ['pre.1', 'deploy.2']) {
      world.run();
      expect(world.state('d-1')).toMatchObject({
        status: 'held',
        hold: { code: 'manual', step, duty: 'release manager' },
      });
      world.tell('d-1', { type: 'ConfirmStep', step, by: 'release manager', reason: 'looked at it', at: world.now });
    }
    world.run();
    expect(world.state('d-1').status).toBe('succeeded');
    expectRest(world, 'd-1');
  });

  it('that nobody ends before a change ends the deployment failed', () => {
    const world = afterFirst();
    world.request('d-1', { plan: examplePlan({ steps }) });
    world.run();
    world.pass(minutes(61));
    world.run();
    expect(world.state('d-1').status).toBe('failed');
    expectRest(world, 'd-1');
  });

  it('that nobody ends after a change rolls the deployment back', () => {
    const world = afterFirst();
    world.request('d-1', { plan: examplePlan({ steps: steps.slice(1) }) });
    world.run();
    world.pass(minutes(61));
    world.run();
    expect(world.state('d-1').status).toBe('rolled-back-verified');
    expectRest(world, 'd-1');
  });

  it('keeps the triggers armed', () => {
    const world = afterFirst();
    world.request('d-1', { plan: examplePlan({ steps: steps.slice(1) }) });
    world.run();
    expect(world.next('d-1', 'monitoring')).toEqual({ kind: 'effect', effect: { kind: 'watch', mode: 'guard' } });
    world.tell('d-1', {
      type: 'TriggerRollback',
      trigger: { kind: 'manual', text: 'no', line: null, by: 'operator' },
      reason: 'no',
      at: world.now,
    });
    world.run();
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });

  it('at a manual step of a rollback ends with the rollback’s own deadline', () => {
    const world = afterFirst();
    const plan = examplePlan();
    world.request('d-1', {
      watch: 'degrades',
      plan: {
        ...plan,
        rollback: { ...plan.rollback, steps: [exampleStep('rollback.1', { action: manual, mutates: false })] },
      },
    });
    world.run();
    expect(world.state('d-1')).toMatchObject({ status: 'held', under: { status: 'rolling-back' } });
    world.pass(minutes(31));
    world.run();
    expect(world.state('d-1').status).toBe('rollback-failed');
    expectRest(world, 'd-1');
  });
});

describe('steps that are nobody’s here', () => {
  const elsewhere = { onlyIn: ['production'] };
  const notApplicable = { action: { kind: 'not-applicable', why: 'no binding `migrate`' } } as const;

  it('are skipped at once, wherever they stand, with the reason', () => {
    const world = afterFirst();
    const steps = [
      exampleStep('pre.1', elsewhere),
      exampleStep('pre.2', notApplicable),
      exampleStep('deploy.1'),
      exampleStep('deploy.2', elsewhere),
      exampleStep('post.1', notApplicable),
      exampleStep('post.2', { mutates: false }),
      exampleStep('post.3', elsewhere),
    ];
    world.request('d-1', { plan: examplePlan({ steps }) });
    world.run();
    expect(world.state('d-1').status).toBe('succeeded');
    const skipped = world
      .events('d-1')
      .flatMap((event) => (event.type === 'StepSkipped' ? [[event.data.step, event.data.reason]] : []));
    expect(skipped).toEqual([
      ['pre.1', 'only in production; this is staging'],
      ['pre.2', 'no binding `migrate`'],
      ['deploy.2', 'only in production; this is staging'],
      ['post.1', 'no binding `migrate`'],
      ['post.3', 'only in production; this is staging'],
    ]);
    expect(world.types('d-1').filter((type) => type === 'ExecutionCompleted')).toHaveLength(1);
  });

  it.each([
    ['every step', [exampleStep('deploy.1', elsewhere)]],
    ['no step at all', []],
    ['only steps after the deployment', [exampleStep('post.1')]],
  ])('do not keep a plan of which they are %s from its end', (_which, steps) => {
    const world = new ScriptedHistory();
    world.request('d-1', { plan: examplePlan({ steps }) });
    world.run();
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('are skipped in a rollback too', () => {
    const world = afterFirst();
    const plan = examplePlan();
    const own = [
      exampleStep('rollback.1', { action: { kind: 'revert', part: 'previous-version' } }),
      exampleStep('rollback.2', elsewhere),
    ];
    world.request('d-1', { watch: 'degrades', plan: { ...plan, rollback: { ...plan.rollback, steps: own } } });
    world.run();
    expect(world.types('d-1')).toContain('StepSkipped');
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });
});

describe('section steps of other crafts', () => {
  it.each(['smoke-tests', 'health-checks', 'dashboards', 'documentation'] as const)(
    '%s before the deployment are performed by whose craft they are',
    (section) => {
      const world = new ScriptedHistory();
      const action = { kind: 'section', section } as const;
      const steps = [
        exampleStep('pre.1', { action, mutates: false }),
        exampleStep('deploy.1'),
        exampleStep('deploy.2', { action, mutates: false }),
      ];
      world.request('d-1', { plan: examplePlan({ steps }) });
      world.run();
      expect(world.state('d-1').status).toBe('succeeded');
    },
  );
});

describe('two claimants of one environment', () => {
  it('are served in order; who waits is told for whom', () => {
    const world = new ScriptedHistory();
    world.request('d-1', { outcome: (step) => (step.id === 'deploy.1' ? 'running' : { status: 'succeeded' }) });
    world.run();
    world.request('d-2');
    world.request('d-3');
    world.run();
    for (const id of ['d-2', 'd-3'])
      expect(world.state(id)).toMatchObject({ status: 'held', hold: { code: 'environment-held', winner: 'd-1' } });
    world.tell('d-1', {
      type: 'CompleteStep',
      step: 'deploy.1',
      attempt: 1,
      outcome: { status: 'failed', reason: 'no' },
      token: 1,
      host: 'h',
      at: world.now,
    });
    world.run('d-1', 'd-3', 'd-2');
    expect(
      world.environmentEvents.flatMap(({ type, data }) => (type === 'EnvironmentClaimed' ? [data.deployment] : [])),
    ).toEqual(['d-1', 'd-2', 'd-3']);
    for (const id of ['d-1', 'd-2', 'd-3']) expectRest(world, id);
  });

  it('do not wait for one that ended in the queue', () => {
    const world = new ScriptedHistory();
    world.request('d-1', { outcome: (step) => (step.id === 'deploy.1' ? 'running' : { status: 'succeeded' }) });
    world.run();
    world.request('d-2');
    world.run();
    world.request('d-3');
    world.run();
    world.tell('d-2', { type: 'CancelDeployment', reason: 'not needed', by: 'operator', at: world.now });
    world.tell('d-1', { type: 'CancelDeployment', reason: 'not needed', by: 'operator', at: world.now });
    world.run('d-1', 'd-3');
    expect(world.state('d-3').status).toBe('succeeded');
    world.run();
    for (const id of ['d-1', 'd-2', 'd-3']) expectRest(world, id);
  });
});

describe('the rollback of a succeeded deployment', () => {
  const inherited = (world: ScriptedHistory, of: string) => {
    const state = world.state(of);
    if (!isEnded(state) || state.rollbackPoint === null) throw new Error('nothing to inherit');
    return { deployment: of, rollbackPoint: state.rollbackPoint, steps: state.steps };
  };

  it('is a deployment whose only act is the rollback', () => {
    const world = afterFirst();
    world.request('d-1');
    world.run();
    world.request('d-2', { inherited: inherited(world, 'd-1') }, { kind: 'rollback', of: 'd-1' });
    world.run();
    expect(world.state('d-2').status).toBe('rolled-back-verified');
    expect(world.types('d-2').filter((type) => type === 'StepStarted')).toHaveLength(3);
    expect(world.environmentState).toMatchObject({ running: { version: '1.0.0' }, verifiedGood: { version: '1.0.0' } });
    expect(Object.keys(world.environmentState.quarantined)).toEqual(['1.1.0']);
    expectRest(world, 'd-2');
  });

  it('is rejected where a step without a way back was performed, and nothing is touched', () => {
    const world = afterFirst();
    const plan = examplePlan({ steps: [exampleStep('deploy.1', { irreversible: true })] });
    world.request('d-1', { plan });
    world.run();
    world.request('d-2', { plan, inherited: inherited(world, 'd-1') }, { kind: 'rollback', of: 'd-1' });
    world.run();
    expect(world.state('d-2').status).toBe('rejected');
    expect(world.environmentState).toMatchObject({ running: { version: '1.1.0', deployment: 'd-1' }, quarantined: {} });
    expectRest(world, 'd-2');
  });
});
