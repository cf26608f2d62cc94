import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Plan, Step } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import type { DeploymentCommand } from './deployment.ts';
import type { DeploymentEvent } from './events.ts';
import type { StepOutcome } from './execution/commands.ts';
import { isRollbackStep } from './journal.ts';
import { phases, type Phase } from './phase.ts';
import { isEnded, type DeploymentState } from './state.ts';
import {
  breachOf,
  Crash,
  examplePlan,
  exampleStep,
  foldDeployment,
  minutes,
  passingChecks,
  Simulation,
} from './testing/index.ts';

const manual = { kind: 'manual', duty: { verb: 'confirmed', duty: 'operator' } } as const;
const stepIds = ['pre.1', 'deploy.1', 'deploy.2', 'post.1', 'rollback.1', 'rollback.2', 'checks', 'watch'];

const variations: readonly Partial<Step>[] = [
  {},
  { effect: 'opaque' },
  { effect: 'idempotent', retry: { times: 1, everyMs: 1000 } },
  { mutates: false },
  { onFailure: 'continue' },
  { onFailure: 'stop' },
  { onFailure: 'ask:operator' },
  { irreversible: true },
  { onlyIn: ['production'] },
  { action: manual, mutates: false },
  { action: { kind: 'not-applicable', why: 'no binding' }, mutates: false },
  { action: { kind: 'section', section: 'smoke-tests' }, mutates: false },
  { action: { kind: 'section', section: 'dashboards' }, mutates: false },
  {
    action: { kind: 'deploy', deployer: 'directory', parts: ['activate'] },
    effect: 'idempotent',
    undo: { kind: 'deployer', parts: ['activate'] },
  },
  { undo: { kind: 'run', commands: [{ text: 'undo', argv: ['undo'] }], shell: false } },
];

const planArbitrary: fc.Arbitrary<Plan> = fc
  .record({
    steps: fc.tuple(
      ...['pre.1', 'deploy.1', 'deploy.2', 'post.1'].map((id) =>
        fc.option(fc.constantFrom(...variations).map((changes) => exampleStep(id, changes))),
      ),
    ),
    own: fc.constantFrom<readonly Step[]>(
      [],
      [exampleStep('rollback.1', { action: manual })],
      [exampleStep('rollback.1', { action: { kind: 'revert', part: 'previous-version' } })],
    ),
    asks: fc.boolean(),
    watched: fc.boolean(),
  })
  .map(({ steps, own, asks, watched }) => {
    const plan = examplePlan();
    const then = asks ? ('ask:operator' as const) : ('fail' as const);
    return {
      ...plan,
      steps: steps.filter((step) => step !== null),
      rollback: { ...plan.rollback, steps: [...own] },
      monitoring: {
        ...plan.monitoring,
        source: watched ? plan.monitoring.source : null,
        onNoData: { ...plan.monitoring.onNoData, then },
      },
    };
  });

type Move =
  | { readonly kind: 'turn' | 'take over'; readonly phase: Phase }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'say'; readonly command: (now: string) => DeploymentCommand };

const succeeded: StepOutcome = { status: 'succeeded' };
const outcomes: readonly StepOutcome[] = [
  { status: 'succeeded' },
  { status: 'failed', reason: 'exit code 1' },
  { status: 'interrupted', reason: 'ended' },
  { status: 'unknown', reason: 'no record' },
];

const words = {
  step: fc.constantFrom(...stepIds),
  token: fc.integer({ min: 0, max: 4 }),
  attempt: fc.integer({ min: 1, max: 3 }),
  outcome: fc.constantFrom(...outcomes),
  resolution: fc.constantFrom('completed' as const, 'failed' as const, 'retry' as const),
  purpose: fc.constantFrom('verification' as const, 'restoration' as const),
  passed: fc.boolean(),
  pick: fc.nat({ max: 19 }),
  often: fc.nat({ max: 9 }),
};

/** Any command at any time, from whoever believes that it is their turn. */
const sayArbitrary: fc.Arbitrary<Move> = fc
  .record(words)
  .map(({ step, token, attempt, outcome, resolution, purpose, passed, pick, often }) => {
    const trigger = { kind: 'manual' as const, text: 'stop', line: null, by: 'operator' };
    const commands: readonly ((at: string) => DeploymentCommand)[] = [
      (at) => ({ type: 'BeginStep', step, token, host: 'h', at }),
      (at) => ({ type: 'CompleteStep', step, attempt, outcome, token, host: 'h', at }),
      (at) => ({ type: 'ConfirmStep', step, by: 'operator', reason: 'done', at }),
      (at) => ({ type: 'ResolveStep', step, outcome: resolution, by: 'operator', reason: 'looked', at }),
      (at) => ({ type: 'BeginChecks', purpose, token, host: 'h', at }),
      (at) => ({ type: 'RecordChecks', purpose, token, results: passingChecks(passed), at }),
      (at) => ({ type: 'BeginWatch', from: at, until: at, measurements: 'measurements-d-1', token, host: 'h', at }),
      (at) => ({
        type: 'PassMonitoring',
        metrics: [{ metric: 'error-rate', verdict: 'pass', samples: passed ? 3 : 0 }],
        range: null,
        token,
        at,
      }),
      (at) => ({ type: 'FailMonitoring', reason: 'dark', metrics: [], range: null, token, at }),
      (at) => ({
        type: 'DetectDegradation',
        trigger: 'limit',
        kind: 'limit',
        breach: breachOf(),
        shadow: passed,
        token,
        at,
      }),
      (at) => ({ type: 'RaiseAlert', alert: 'a', action: 'page', breach: breachOf(), token, at }),
      (at) => ({
        type: 'PlanRollback',
        token,
        target: null,
        checks: { from: null, smokeTests: [], healthChecks: [] },
        at,
      }),
      (at) => ({ type: 'FailRollback', reason: 'late', at }),
      (at) => ({
        type: 'HoldDeployment',
        code: 'manual',
        why: 'look',
        duty: 'operator',
        step,
        winner: null,
        until: at,
        at,
      }),
      (at) => ({ type: 'ExpireHold', at }),
    ];
    const rare: readonly ((at: string) => DeploymentCommand)[] = [
      (at) => ({ type: 'TriggerRollback', trigger, reason: 'stop', at }),
      (at) => ({ type: 'CancelDeployment', reason: 'no', by: 'operator', at }),
      (at) => ({ type: 'EndStandstill', at }),
    ];
    const chosen = often === 0 ? rare[pick % rare.length] : commands[pick % commands.length];
    return { kind: 'say', command: chosen as (at: string) => DeploymentCommand };
  });

const moveArbitrary: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...phases).map((phase): Move => ({ kind: 'turn', phase })) },
  { weight: 1, arbitrary: fc.constantFrom(...phases).map((phase): Move => ({ kind: 'take over', phase })) },
  { weight: 1, arbitrary: fc.constantFrom(1000, minutes(11), minutes(61)).map((ms): Move => ({ kind: 'pass', ms })) },
  { weight: 4, arbitrary: sayArbitrary },
);

const worldArbitrary = fc.record({
  plan: planArbitrary,
  answers: fc.array(
    fc.constantFrom<StepOutcome | 'running'>(...Array.from({ length: 6 }, () => succeeded), ...outcomes, 'running'),
    { minLength: 1, maxLength: 6 },
  ),
  watch: fc.constantFrom('passes' as const, 'degrades' as const, 'says nothing' as const),
  begun: fc.integer({ min: 0, max: 9 }),
  moves: fc.array(moveArbitrary, { maxLength: 80, size: 'max' }),
});

type Story = typeof worldArbitrary extends fc.Arbitrary<infer World> ? World : never;

/** Runs a random story, after which every act goes well; `each` sees the state before and after every move, with the facts that it brought. */
function tell(
  { plan, answers, watch, begun, moves }: Story,
  each: (before: DeploymentState, after: DeploymentState, facts: readonly DeploymentEvent[], world: Simulation) => void,
): Simulation {
  const world = new Simulation();
  let asked = 0;
  let told = false;
  const answer = () => answers[(asked += 1) % answers.length] ?? 'running';
  world.request('d-1', { plan, watch, outcome: () => (told ? { status: 'succeeded' } : answer()) });
  // Most stories begin where something can go wrong.
  for (let round = 0; round < begun; round += 1)
    for (const phase of phases) refusable(() => void world.turn('d-1', phase));
  for (const move of moves) {
    const known = world.events('d-1').length;
    const before = world.state('d-1');
    refusable(() => make(world, move));
    each(before, world.state('d-1'), world.events('d-1').slice(known), world);
  }
  told = true;
  return world;
}

function make(world: Simulation, move: Move): void {
  if (move.kind === 'turn') world.turn('d-1', move.phase);
  if (move.kind === 'take over') world.takeOver(move.phase);
  if (move.kind === 'pass') world.pass(move.ms);
  if (move.kind === 'say') world.tell('d-1', move.command(world.now));
}

function refusable(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
  }
}

const runs = { numRuns: 400 };
const runningSteps = (state: DeploymentState) => {
  const whole = state.status === 'held' ? state.under : state;
  return 'steps' in whole ? Object.values(whole.steps).filter(({ status }) => status === 'running') : [];
};

describe('whatever anybody says at any time', () => {
  it('at most one step is open, and no undo begins beside another step', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        tell(story, (before, after, facts) => {
          expect(runningSteps(after).length).toBeLessThanOrEqual(1);
          const undoes = facts.some(
            ({ type, data }) => type === 'RollbackPlanned' || (type === 'StepStarted' && isRollbackStep(data.step)),
          );
          if (undoes) expect(runningSteps(before).filter(({ step }) => !isRollbackStep(step))).toEqual([]);
        });
      }),
      runs,
    );
  });

  it('an end stays as it is', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        tell(story, (before, after) => {
          if (!isEnded(before) || !isEnded(after)) return expect(isEnded(before)).toBe(false);
          const { status, reason, endedAt, running, verifiedGood, quarantined } = before;
          expect(after).toMatchObject({ status, reason, endedAt, running, verifiedGood, quarantined });
        });
      }),
      runs,
    );
  });

  it('an end absorbs every fact that could be told of a deployment', () => {
    fc.assert(
      fc.property(worldArbitrary, worldArbitrary, (story, other) => {
        const end = tell(story, () => {}).state('d-1');
        if (!isEnded(end)) return;
        const after = foldDeployment(tell(other, () => {}).events('d-1'), end);
        const { status, reason, endedAt, running, verifiedGood, quarantined } = end;
        expect(after).toMatchObject({ status, reason, endedAt, running, verifiedGood, quarantined });
      }),
      runs,
    );
  });

  it('somebody has something to do, or to wait for, until the end', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        tell(story, (_before, after, _facts, world) => {
          const settled =
            isEnded(after) && after.unsettled === null && after.owed.length === 0 && runningSteps(after).length === 0;
          const wanted = phases.filter((phase) => world.next('d-1', phase) !== null);
          if (settled) expect(wanted).toEqual([]);
          else expect(wanted).not.toEqual([]);
        });
      }),
      runs,
    );
  });

  it('a stale token brings no fact', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        tell(story, (before, _after, facts) => {
          const highest = before.status === 'none' ? {} : before.tokens;
          for (const { type, data } of facts) {
            const begins = type === 'StepStarted' || type === 'StepResumed';
            if (begins && data.host !== 'a person') expect(data.token).toBeGreaterThanOrEqual(highest[data.phase] ?? 0);
          }
        });
      }),
      runs,
    );
  });

  it('a watch passes only while it is watched, and never after a broken limit', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        const world = tell(story, (before, _after, facts) => {
          if (facts.some(({ type }) => type === 'MonitoringPassed')) expect(before.status).toBe('monitoring');
        });
        const types = world.types('d-1');
        if (types.includes('DegradationDetected')) expect(types).not.toContain('DeploymentSucceeded');
        if (types.includes('MonitoringPassed'))
          expect(types.indexOf('WatchStarted')).toBeLessThan(types.indexOf('MonitoringPassed'));
      }),
      runs,
    );
  });

  it('the same word twice changes nothing the second time', () => {
    fc.assert(
      fc.property(worldArbitrary, sayArbitrary, (story, again) => {
        const world = tell(story, () => {});
        if (again.kind !== 'say') return;
        const command = again.command(world.now);
        refusable(() => world.tell('d-1', command));
        refusable(() => expect(world.tell('d-1', command)).toEqual([]));
      }),
      runs,
    );
  });

  it('a stream that was stored as JSON tells the same story', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        const world = tell(story, () => {});
        const stored = JSON.parse(JSON.stringify(world.events('d-1'))) as readonly DeploymentEvent[];
        expect(foldDeployment(stored)).toEqual(world.state('d-1'));
      }),
      runs,
    );
  });

  it('left alone, with nobody who answers, every story comes to its end', () => {
    fc.assert(
      fc.property(worldArbitrary, (story) => {
        const world = tell(story, () => {});
        for (let round = 0; round < 50 && !isEnded(world.state('d-1')); round += 1) {
          for (const phase of phases) world.takeOver(phase);
          for (let turn = 0; turn < 20; turn += 1)
            for (const phase of phases) refusable(() => void world.turn('d-1', phase));
          world.pass(minutes(61 * 24));
        }
        expect(isEnded(world.state('d-1'))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('claim and settle, with a crash after any append', () => {
  const ids = ['d-1', 'd-2', 'd-3'];
  const storyArbitrary = fc.record({
    crashes: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12, size: 'max' }),
    cancels: fc.array(fc.record({ id: fc.constantFrom(...ids), after: fc.nat({ max: 12 }) }), { maxLength: 3 }),
    zombies: fc.array(fc.record({ id: fc.constantFrom(...ids), after: fc.nat({ max: 12 }) }), { maxLength: 4 }),
    watches: fc.array(fc.constantFrom('passes' as const, 'degrades' as const), { minLength: 3, maxLength: 3 }),
  });

  it('ends with one claim and one settlement of each, and nobody holds it who has ended', () => {
    fc.assert(
      fc.property(storyArbitrary, ({ crashes, cancels, zombies, watches }) => {
        const world = new Simulation();
        ids.forEach((id, index) => world.request(id, { watch: watches[index] ?? 'passes' }));
        crashes.forEach((appends, round) => {
          world.appendsLeft = appends;
          crashable(() => world.run());
          for (const phase of phases) world.takeOver(phase);
          for (const { id, after } of cancels) if (after === round) refusable(() => cancel(world, id));
          for (const { id, after } of zombies) if (after === round) refusable(() => lateClaim(world, id));
        });
        world.appendsLeft = Infinity;
        for (let hours = 0; hours < 40; hours += 1) {
          crashable(() => world.run());
          world.pass(minutes(60));
        }
        for (const { id } of zombies) refusable(() => lateClaim(world, id));
        expect(world.environmentState).toMatchObject({ holder: null, queue: [] });
        for (const id of ids) expectSettled(world, id);
      }),
      { numRuns: 300 },
    );
  });

  function cancel(world: Simulation, id: string): void {
    world.tell(id, { type: 'CancelDeployment', reason: 'no', by: 'operator', at: world.now });
  }

  /** A planner that decided to claim, was stopped, and goes on much later. */
  function lateClaim(world: Simulation, id: string): void {
    const cleared = world.types(id).includes('BlockersCleared');
    if (cleared) world.tellEnvironment({ type: 'ClaimEnvironment', deployment: id, at: world.now });
  }

  function expectSettled(world: Simulation, id: string): void {
    expect(isEnded(world.state(id))).toBe(true);
    const of = (type: string) =>
      world.environmentEvents.filter(
        (event) => event.type === type && 'deployment' in event.data && event.data.deployment === id,
      ).length;
    expect(of('EnvironmentSettled')).toBe(of('EnvironmentClaimed'));
    expect(of('EnvironmentSettled') + of('EnvironmentClaimWithdrawn')).toBeLessThanOrEqual(1);
    expect(world.types(id).filter((type) => type === 'EnvironmentReleased').length).toBeLessThanOrEqual(1);
  }

  function crashable(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
});
