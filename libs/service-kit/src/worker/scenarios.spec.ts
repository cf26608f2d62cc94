import { describe, expect, it } from 'vitest';
import {
  isEnded,
  activeState,
  type DeploymentCommand,
  type DeploymentEvent,
  type StepOutcome,
} from '@backstay/deployment';
import { examplePlan, exampleRequest, exampleStep, minutes, passingChecks } from '@backstay/deployment/testing';
import type { Plan, Step } from '@backstay/document';
import { Simulation } from '../testing/simulation/simulation.ts';
import type { SimulatedScript } from '../testing/simulation/world.ts';

const manual = { kind: 'manual', duty: { verb: 'confirmed', duty: 'release manager' } } as const;

/** The example plan with a watch of one minute. */
function planOf({ monitoring, ...changes }: Partial<Plan> = {}): Plan {
  const { monitoring: watched, ...plan } = examplePlan();
  return { ...plan, ...changes, monitoring: monitoring ?? { ...watched, watchMs: minutes(1) } };
}

const withRollback = (steps: readonly Step[]): Plan =>
  planOf({ rollback: { ...examplePlan().rollback, steps: [...steps] } });

const failing =
  (id: string, outcome: StepOutcome = { status: 'failed', reason: 'exit code 1' }) =>
  ({ id: each }: Step): StepOutcome =>
    each === id ? outcome : { status: 'succeeded' };

const openAt = (id: string) => (step: Step) =>
  step.id === id ? ('running' as const) : ({ status: 'succeeded' } as const);

/** One process with all phases. */
async function started(): Promise<Simulation> {
  const world = new Simulation();
  world.start();
  return world;
}

async function request(world: Simulation, id: string, script: SimulatedScript = {}): Promise<void> {
  await world.request(id, { plan: planOf(), ...script });
}

/** An earlier version runs. */
async function afterFirst(id = 'd-0'): Promise<Simulation> {
  const world = await started();
  await request(world, id, { plan: planOf({ version: '1.0.0' }) });
  await world.untilComplete(id);
  return world;
}

async function untilOpen(world: Simulation, id: string, step: string): Promise<void> {
  await world.until(() => {
    const active = activeState(world.state(id));
    return 'steps' in active && active.steps[step]?.status === 'running';
  });
}

const trigger = (at: string): DeploymentCommand => ({
  type: 'TriggerRollback',
  trigger: { kind: 'manual', text: 'stop it', line: null, by: 'operator' },
  reason: 'stop it',
  at,
});
const cancel = (at: string): DeploymentCommand => ({
  type: 'CancelDeployment',
  reason: 'not today',
  by: 'operator',
  at,
});

/** Every phase is done with it, and so is its environment. */
async function expectRest(world: Simulation, id: string): Promise<void> {
  await world.untilComplete(id);
  expect(world.environmentState().holder).not.toBe(id);
}

describe('a deployment from request to end', () => {
  it('succeeds when every act goes well', async () => {
    const world = await started();
    await request(world, 'd-1');
    await expectRest(world, 'd-1');
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
    expect(world.environmentState()).toMatchObject({
      holder: null,
      running: { version: '1.1.0' },
      verifiedGood: { version: '1.1.0' },
    });
  });

  it('fails, with nothing changed, when a step fails before the first that changes something', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { outcome: failing('pre.1') });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('failed');
    expect(world.environmentState()).toMatchObject({
      running: { version: '1.0.0' },
      verifiedGood: { version: '1.0.0' },
      quarantined: [],
    });
  });

  it('is rolled back to what ran before when a step fails after a change', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { outcome: failing('deploy.2') });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rolled-back-verified');
    expect(world.environmentState()).toMatchObject({
      running: { version: '1.0.0' },
      quarantined: [{ version: '1.1.0', why: expect.stringContaining('exit code 1') }],
    });
  });

  it('is rolled back when a limit is broken during the watch', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { watch: 'degrades' });
    await expectRest(world, 'd-1');
    expect(world.state('d-1')).toMatchObject({
      status: 'rolled-back-verified',
      reason: 'error rate was 9.8 % (limit 5 % for 5 s, line 60)',
    });
  });

  it('is rolled back when the watch says nothing', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { watch: 'says nothing' });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });

  it('is rolled back unverified when the restored version does not pass its checks', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { watch: 'degrades', checks: (purpose) => passingChecks(purpose === 'verification') });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rolled-back-unverified');
  });

  it('undoes a first deployment without a version to go back to, and says so', async () => {
    const world = await started();
    await request(world, 'd-1', { watch: 'degrades' });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rolled-back-unverified');
    expect(world.environmentState().running).toBeNull();
  });

  it('lets nothing follow an end half way, but what overrides that nobody knows what runs', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { watch: 'degrades', outcome: failing('rollback.1') });
    await expectRest(world, 'd-1');
    expect(world.environmentState().uncertain).toBe('d-1');
    await request(world, 'd-2');
    await expectRest(world, 'd-2');
    expect(world.state('d-2')).toMatchObject({ status: 'rejected', reason: expect.stringContaining('d-1') });
    expect(world.environmentState().uncertain).toBe('d-1');
    const overrides = [{ code: 'unknown-running', reason: 'looked at it' }];
    const plan = planOf({ overridable: ['unknown-running'] });
    await world.request('d-3', { plan }, { request: { ...exampleRequest, overrides } });
    await expectRest(world, 'd-3');
    expect(world.state('d-3').status).toBe('succeeded');
    expect(world.environmentState()).toMatchObject({ uncertain: null, running: { deployment: 'd-3' } });
  });

  it('ends a rollback by name when an undo fails', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { watch: 'degrades', outcome: failing('rollback.1') });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rollback-failed');
    expect(world.types('d-1')).toContain('NoticeDelivered');
  });

  it('sends a notice again, with a mark, after the process that sent it was lost', async () => {
    const world = await afterFirst();
    world.onEffect = (_id, { kind }) => {
      if (kind !== 'deliver-notice' || world.processes.length > 1) return;
      world.processes[0]!.kill();
      world.start();
    };
    await request(world, 'd-1', { watch: 'degrades', outcome: failing('rollback.1') });
    await expectRest(world, 'd-1');
    const notices = world.events('d-1').filter(({ type }) => type.startsWith('Notice'));
    expect(notices).toMatchObject([
      { type: 'NoticeStarted', data: { attempt: 1 } },
      { type: 'NoticeStarted', data: { attempt: 2 } },
      { type: 'NoticeDelivered', data: { possiblyRepeated: true } },
    ]);
  });

  it('gives a step its retries before it fails', async () => {
    const world = await afterFirst();
    const retried = exampleStep('deploy.1', { retry: { times: 2, everyMs: 5000 } });
    await request(world, 'd-1', {
      plan: planOf({ steps: [retried] }),
      outcome: (_step, attempt) => (attempt < 3 ? { status: 'failed', reason: 'busy' } : { status: 'succeeded' }),
    });
    await expectRest(world, 'd-1');
    expect(world.types('d-1').filter((type) => type === 'StepFailed')).toHaveLength(2);
    expect(world.state('d-1').status).toBe('succeeded');
  });
});

describe('a trigger while a step runs', () => {
  it('moves the state at once, ends the step, and only then undoes', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { outcome: openAt('deploy.2') });
    await untilOpen(world, 'd-1', 'deploy.2');
    expect(world.state('d-1').status).toBe('executing');
    await world.handle('d-1', trigger(world.now));
    expect(world.state('d-1').status).toBe('rolling-back');
    await expectRest(world, 'd-1');
    const types = world.types('d-1');
    expect(types.indexOf('RollbackTriggered')).toBeLessThan(types.indexOf('StepInterrupted'));
    expect(types.indexOf('StepInterrupted')).toBeLessThan(types.indexOf('RollbackPlanned'));
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });

  it('bounds the wait for quiet by the rollback’s deadline', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { outcome: openAt('deploy.2') });
    await untilOpen(world, 'd-1', 'deploy.2');
    world.processes[0]!.kill();
    world.start({ machine: 'there', phases: ['rollback', 'planning'] });
    await world.handle('d-1', trigger(world.now));
    await world.untilStatus('d-1', 'rollback-failed');
    const triggered = world.events('d-1').find(({ type }) => type === 'RollbackTriggered')!;
    expect(Date.parse(world.now) - Date.parse(triggered.time)).toBeLessThan(minutes(31));
    await world.pass(minutes(1));
    expect(world.types('d-1')).not.toContain('EnvironmentReleased');
    world.start({ machine: 'there', phases: ['execution', 'verification', 'monitoring'] });
    await expectRest(world, 'd-1');
    const types = world.types('d-1');
    expect(types.indexOf('RollbackFailed')).toBeLessThan(types.indexOf('StepInterrupted'));
    expect(types.indexOf('StepInterrupted')).toBeLessThan(types.indexOf('EnvironmentReleased'));
  });

  it('ends a rollback step that runs past the deadline before the environment is let go', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { watch: 'degrades', outcome: openAt('rollback.1') });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rollback-failed');
    const types = world.types('d-1');
    expect(types.indexOf('StepInterrupted')).toBeLessThan(types.indexOf('EnvironmentReleased'));
  });

  it('is taken up by the next process when the one that runs it is lost, at the same attempt', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { durationMs: ({ kind }) => (kind === 'perform-step' ? 20_000 : 10) });
    await untilOpen(world, 'd-1', 'deploy.1');
    world.processes[0]!.kill();
    world.start({ machine: 'there' });
    await expectRest(world, 'd-1');
    expect(world.types('d-1')).toContain('StepResumed');
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('is unknown when the process that runs it is lost and it may not be run twice', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', {
      plan: planOf({ steps: [exampleStep('deploy.1', { effect: 'opaque' })] }),
      durationMs: ({ kind }) => (kind === 'perform-step' ? 20_000 : 10),
    });
    await untilOpen(world, 'd-1', 'deploy.1');
    world.processes[0]!.kill();
    world.start();
    await world.untilStatus('d-1', 'held');
    expect(world.state('d-1')).toMatchObject({ hold: { code: 'unknown-outcome', step: 'deploy.1' } });
    await world.pass(minutes(1));
    await world.handle('d-1', {
      type: 'ResolveStep',
      step: 'deploy.1',
      outcome: 'retry',
      by: 'operator',
      reason: 'it never ran',
      at: world.now,
    });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('succeeded');
  });
});

describe('a cancelled deployment', () => {
  it('ends cancelled before a change, and its open step is ended before the environment is let go', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { outcome: openAt('pre.1') });
    await untilOpen(world, 'd-1', 'pre.1');
    await world.handle('d-1', cancel(world.now));
    expect(world.state('d-1').status).toBe('cancelled');
    expect(world.next('d-1', 'planning')).toEqual({ kind: 'idle' });
    await expectRest(world, 'd-1');
    expect(world.types('d-1').slice(-3)).toEqual(['DeploymentCancelled', 'StepInterrupted', 'EnvironmentReleased']);
    expect(world.environmentState().running).toMatchObject({ version: '1.0.0' });
  });

  it('is rolled back after a change', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { outcome: openAt('deploy.2') });
    await untilOpen(world, 'd-1', 'deploy.2');
    await world.handle('d-1', cancel(world.now));
    await expectRest(world, 'd-1');
    expect(world.state('d-1')).toMatchObject({
      status: 'rolled-back-verified',
      reason: 'operator cancelled it: not today',
    });
  });
});

describe('a hold', () => {
  const steps = [
    exampleStep('pre.1', { action: manual, mutates: false }),
    exampleStep('deploy.1'),
    exampleStep('deploy.2', { action: manual, mutates: false }),
  ];

  it('waits for a person at a manual step, goes on when it is confirmed, and closes the stage', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { plan: planOf({ steps }) });
    for (const step of ['pre.1', 'deploy.2']) {
      await world.untilStatus('d-1', 'held');
      await world.pass(minutes(5));
      expect(world.state('d-1')).toMatchObject({
        status: 'held',
        hold: { code: 'manual', step, duty: 'release manager' },
      });
      await world.handle('d-1', { type: 'ConfirmStep', step, by: 'release manager', reason: 'looked', at: world.now });
    }
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('that nobody ends before a change ends the deployment failed', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { plan: planOf({ steps }) });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('failed');
  });

  it('that nobody ends after a change rolls the deployment back', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { plan: planOf({ steps: steps.slice(1) }) });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });

  it('keeps the triggers armed', async () => {
    const world = await afterFirst();
    await request(world, 'd-1', { plan: planOf({ steps: steps.slice(1) }) });
    await world.untilStatus('d-1', 'held');
    expect(world.next('d-1', 'monitoring')).toEqual({ kind: 'effect', effect: { kind: 'watch', mode: 'guard' } });
    await world.handle('d-1', trigger(world.now));
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });

  it('at a manual step of a rollback ends with the rollback’s own deadline', async () => {
    const world = await afterFirst();
    const plan = withRollback([exampleStep('rollback.1', { action: manual, mutates: false })]);
    await request(world, 'd-1', { watch: 'degrades', plan });
    await world.untilStatus('d-1', 'held');
    expect(world.state('d-1')).toMatchObject({ under: { status: 'rolling-back' } });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('rollback-failed');
  });
});

describe('steps that are nobody’s here', () => {
  const elsewhere = { onlyIn: ['production'] };
  const notApplicable = { action: { kind: 'not-applicable', why: 'no binding `migrate`' } } as const;

  it('are skipped at once, wherever they stand, with the reason', async () => {
    const world = await afterFirst();
    const steps = [
      exampleStep('pre.1', elsewhere),
      exampleStep('pre.2', notApplicable),
      exampleStep('deploy.1'),
      exampleStep('deploy.2', elsewhere),
      exampleStep('post.1', notApplicable),
      exampleStep('post.2', { mutates: false }),
      exampleStep('post.3', elsewhere),
    ];
    await request(world, 'd-1', { plan: planOf({ steps }) });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('succeeded');
    const skipped = (world.events('d-1') as readonly DeploymentEvent[]).flatMap((event) =>
      event.type === 'StepSkipped' ? [[event.data.step, event.data.reason]] : [],
    );
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
  ])('do not keep a plan of which they are %s from its end', async (_which, steps) => {
    const world = await started();
    await request(world, 'd-1', { plan: planOf({ steps }) });
    await expectRest(world, 'd-1');
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('are skipped in a rollback too', async () => {
    const world = await afterFirst();
    const own = [
      exampleStep('rollback.1', { action: { kind: 'revert', part: 'previous-version' } }),
      exampleStep('rollback.2', elsewhere),
    ];
    await request(world, 'd-1', { watch: 'degrades', plan: withRollback(own) });
    await expectRest(world, 'd-1');
    expect(world.types('d-1')).toContain('StepSkipped');
    expect(world.state('d-1').status).toBe('rolled-back-verified');
  });
});

describe('section steps of other crafts', () => {
  it.each(['smoke-tests', 'health-checks', 'dashboards', 'documentation'] as const)(
    '%s before the deployment are performed by whose craft they are',
    async (section) => {
      const world = await started();
      const action = { kind: 'section', section } as const;
      const steps = [
        exampleStep('pre.1', { action, mutates: false }),
        exampleStep('deploy.1'),
        exampleStep('deploy.2', { action, mutates: false }),
      ];
      await request(world, 'd-1', { plan: planOf({ steps }) });
      await expectRest(world, 'd-1');
      expect(world.state('d-1').status).toBe('succeeded');
    },
  );
});

describe('two claimants of one environment', () => {
  const claimed = (world: Simulation) =>
    (world.environmentEvents() as readonly { type: string; data: object }[]).flatMap(({ type, data }) =>
      type === 'EnvironmentClaimed' && 'deployment' in data ? [data.deployment] : [],
    );

  it('are served in order; who waits is shown for whom', async () => {
    const world = await started();
    await request(world, 'd-1', { outcome: openAt('deploy.1') });
    await untilOpen(world, 'd-1', 'deploy.1');
    for (const id of ['d-2', 'd-3']) {
      await request(world, id);
      await world.untilStatus(id, 'held');
      expect(world.state(id)).toMatchObject({ hold: { code: 'environment-held', winner: 'd-1' } });
    }
    await world.handle('d-1', cancel(world.now));
    await world.until(() => world.state('d-3').status === 'held' && world.environmentState().holder === 'd-2');
    await world.until(() => {
      const state = world.state('d-3');
      return state.status === 'held' && state.hold.winner === 'd-2';
    }, 1_000);
    for (const id of ['d-1', 'd-2', 'd-3']) await expectRest(world, id);
    expect(claimed(world)).toEqual(['d-1', 'd-2', 'd-3']);
  });

  it('do not wait for one that ended in the queue', async () => {
    const world = await started();
    await request(world, 'd-1', { outcome: openAt('deploy.1') });
    await untilOpen(world, 'd-1', 'deploy.1');
    for (const id of ['d-2', 'd-3']) {
      await request(world, id);
      await world.untilStatus(id, 'held');
    }
    for (const id of ['d-2', 'd-1']) await world.handle(id, cancel(world.now));
    for (const id of ['d-1', 'd-2', 'd-3']) await expectRest(world, id);
    expect(claimed(world)).toEqual(['d-1', 'd-3']);
    expect(world.state('d-3').status).toBe('succeeded');
  });
});

describe('the rollback of a succeeded deployment', () => {
  const inherited = (world: Simulation, of: string) => {
    const state = world.state(of);
    if (!isEnded(state) || state.rollbackPoint === null) throw new Error('nothing to inherit');
    return { deployment: of, rollbackPoint: state.rollbackPoint, steps: state.steps };
  };

  it('is a deployment whose only act is the rollback', async () => {
    const world = await afterFirst();
    await request(world, 'd-1');
    await expectRest(world, 'd-1');
    const back = { plan: planOf(), inherited: inherited(world, 'd-1') };
    await world.request('d-2', back, { kind: 'rollback', of: 'd-1' });
    await expectRest(world, 'd-2');
    expect(world.state('d-2').status).toBe('rolled-back-verified');
    expect(world.types('d-2').filter((type) => type === 'StepStarted')).toHaveLength(3);
    expect(world.environmentState()).toMatchObject({
      running: { version: '1.0.0' },
      verifiedGood: { version: '1.0.0' },
    });
    expect(world.environmentState().quarantined).toMatchObject([{ version: '1.1.0' }]);
  });

  it('is rejected where an irreversible step was performed, and nothing is touched', async () => {
    const world = await afterFirst();
    const plan = planOf({ steps: [exampleStep('deploy.1', { irreversible: true })] });
    await request(world, 'd-1', { plan });
    await expectRest(world, 'd-1');
    await world.request('d-2', { plan, inherited: inherited(world, 'd-1') }, { kind: 'rollback', of: 'd-1' });
    await expectRest(world, 'd-2');
    expect(world.state('d-2').status).toBe('rejected');
    expect(world.environmentState()).toMatchObject({
      running: { version: '1.1.0', deployment: 'd-1' },
      quarantined: [],
    });
  });
});
