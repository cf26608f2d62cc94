import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import {
  isEnded,
  activeState,
  type DeploymentCommand,
  type DeploymentState,
  type StepOutcome,
} from '@backstay/deployment';
import { examplePlan, exampleStep, minutes } from '@backstay/deployment/testing';
import type { Plan, Step } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import { Simulation, type DeploymentAppend } from '../testing/simulation/simulation.ts';

/** From then on nothing more goes wrong, except for what has begun before. */
const calmMs = 20_000;
const longestFaultMs = 20_000;

const seconds = (count: number): number => count * 1_000;
const manual = { kind: 'manual', duty: { verb: 'confirmed', duty: 'operator' } } as const;
const undo: Step['undo'] = { kind: 'run', commands: [{ text: 'undo', argv: ['undo'] }], shell: false };

const variations: readonly Partial<Step>[] = [
  {},
  { effect: 'opaque' },
  { effect: 'idempotent', retry: { times: 1, everyMs: 1_000 } },
  { mutates: false },
  { onFailure: 'continue' },
  { onFailure: 'ask:operator' },
  { irreversible: true },
  { action: manual, mutates: false },
  { action: { kind: 'wait', ms: 3_000 }, mutates: false },
  { action: { kind: 'section', section: 'smoke-tests' }, mutates: false },
  { undo },
];
const planArbitrary: fc.Arbitrary<Plan> = fc
  .record({
    steps: fc.array(fc.constantFrom(...variations), { maxLength: 3 }),
    own: fc.constantFrom<readonly Step[]>([], [exampleStep('rollback.1', { action: manual, mutates: false })]),
    watched: fc.boolean(),
  })
  .map(({ steps, own, watched }) => {
    const { monitoring, rollback, ...plan } = examplePlan();
    return {
      ...plan,
      steps: steps.map((changes, index) => exampleStep(`deploy.${index + 1}`, changes)),
      rollback: { ...rollback, steps: [...own] },
      monitoring: {
        ...monitoring,
        source: watched ? monitoring.source : null,
        watchMs: seconds(4),
        everyMs: seconds(2),
        baselineMs: 0,
      },
    };
  });

const outcomes = fc.constantFrom<StepOutcome | 'running'>(
  ...Array.from({ length: 6 }, () => ({ status: 'succeeded' }) as const),
  { status: 'failed', reason: 'exit code 1' },
  { status: 'unknown', reason: 'no record' },
  'running',
);
const deploymentArbitrary = fc.record({
  plan: planArbitrary,
  outcomes: fc.array(outcomes, { minLength: 1, maxLength: 4 }),
  watch: fc.constantFrom('passes' as const, 'degrades' as const, 'says nothing' as const),
  atMs: fc.nat({ max: seconds(5) }),
});

type Fault =
  | { readonly kind: 'kill' | 'drain'; readonly process: number; readonly backMs: number | null }
  | { readonly kind: 'kill at an append'; readonly backMs: number }
  | { readonly kind: 'stall' | 'database away' | 'bus down'; readonly process: number; readonly ms: number }
  | { readonly kind: 'leases lost' };
const back = fc.constantFrom(100, seconds(3), seconds(10));
const process = fc.nat({ max: 2 });
const faultArbitrary: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('kill' as const, 'drain' as const),
    process,
    backMs: fc.option(back),
  }),
  fc.record({ kind: fc.constant('kill at an append' as const), backMs: back }),
  fc.record({
    kind: fc.constantFrom('stall' as const, 'database away' as const, 'bus down' as const),
    process,
    ms: fc.constantFrom(300, seconds(6), seconds(20)),
  }),
  fc.record({ kind: fc.constant('leases lost' as const) }),
);

const ids = ['d-1', 'd-2', 'd-3'];
const commandArbitrary = fc.record({
  kind: fc.constantFrom('cancel' as const, 'roll back' as const),
  id: fc.constantFrom(...ids),
  atMs: fc.nat({ max: calmMs }),
});

const scenarioArbitrary = fc.record({
  seed: fc.nat(),
  machines: fc.array(fc.constantFrom('here', 'there'), { minLength: 1, maxLength: 3 }),
  bus: fc.constantFrom(
    {},
    { isDown: true },
    { lost: 0.3, doubled: 0.3, lateMs: 500 },
    { doubled: 1, lateMs: seconds(5) },
  ),
  durableDelayMs: fc.constantFrom(0, 0, seconds(4)),
  lostReplies: fc.constantFrom(0, 0, 0.02),
  deployments: fc.array(deploymentArbitrary, { minLength: 1, maxLength: ids.length }),
  faults: fc.array(fc.tuple(fc.nat({ max: calmMs }), faultArbitrary), { maxLength: 6 }),
  words: fc.array(commandArbitrary, { maxLength: 2 }),
});
type Scenario = typeof scenarioArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** Everything of the scenario happens, then nothing more goes wrong, and all comes to its end. */
async function play(scenario: Scenario): Promise<Simulation> {
  const { seed, machines, bus, durableDelayMs, lostReplies, deployments, faults, words } = scenario;
  const world = new Simulation({ seed });
  world.onAppend = (append) => check(world, append);
  world.bus.faults = bus;
  world.durableDelayMs = durableDelayMs;
  world.database.lostReplies = lostReplies;
  for (const machine of machines) world.start({ machine });
  deployments.forEach(({ plan, outcomes: endings, watch, atMs }, index) => {
    let asked = 0;
    const outcome = () => endings[(asked += 1) % endings.length] ?? 'running';
    world.time.after(atMs, () => void world.request(ids[index]!, { plan, watch, outcome }));
  });
  for (const [atMs, fault] of faults) world.time.after(atMs, () => inject(world, fault, scenario));
  for (const { kind, id, atMs } of words) world.time.after(atMs, () => void say(world, id, commandOf(kind, world.now)));
  await world.pass(faults.length > 0 ? calmMs + longestFaultMs : 0);
  world.isFatal = () => false;
  Object.assign(world.database, { isAway: false, lostReplies: 0 });
  if (world.processes.every(({ isAlive }) => !isAlive)) world.start();
  await helped(world, deployments.length);
  await world.until(() => leftOf(world).length === 0, minutes(2));
  world.mustBeChained();
  return world;
}

function inject(world: Simulation, fault: Fault, { machines, bus }: Scenario): void {
  const alive = world.processes.filter(({ isAlive }) => isAlive);
  switch (fault.kind) {
    case 'kill':
    case 'drain': {
      const chosen = alive[fault.process % alive.length];
      if (chosen === undefined) return;
      if (fault.kind === 'kill') chosen.kill();
      else void chosen.stop();
      if (fault.backMs !== null) world.restart(chosen, fault.backMs);
      return;
    }
    case 'kill at an append': {
      let isOver = false;
      world.isFatal = () => !isOver && (isOver = true);
      world.time.after(fault.backMs, () => void world.start({ machine: machines[0]! }));
      return;
    }
    case 'stall':
      return alive[fault.process % alive.length]?.stall(fault.ms);
    case 'database away':
      world.database.isAway = true;
      world.time.after(fault.ms, () => (world.database.isAway = false));
      return;
    case 'bus down':
      world.bus.faults = { isDown: true };
      world.time.after(fault.ms, () => (world.bus.faults = bus));
      return;
    case 'leases lost':
      for (const name of world.leases.names) world.leases.expire(name);
  }
}

function commandOf(kind: 'cancel' | 'roll back', at: string): DeploymentCommand {
  if (kind === 'cancel') return { type: 'CancelDeployment', reason: 'no', by: 'operator', at };
  const trigger = { kind: 'manual', text: 'stop', line: null, by: 'operator' } as const;
  return { type: 'TriggerRollback', trigger, reason: 'stop', at };
}

async function say(world: Simulation, id: string, command: DeploymentCommand): Promise<void> {
  await world.handle(id, command).catch((error: unknown) => {
    if (!(error instanceof Rejection)) throw error;
  });
}

/** A person decides whatever waits for one, and after some time ends what never ends by itself. */
async function helped(world: Simulation, count: number): Promise<void> {
  const all = ids.slice(0, count);
  const isDone = () => all.every((id) => world.isComplete(id));
  for (let round = 0; round < 100 && !isDone(); round += 1) {
    for (const id of all) {
      await resolve(world, id);
      if (round > 2) await say(world, id, commandOf('roll back', world.now));
      if (round > 4) await say(world, id, commandOf('cancel', world.now));
    }
    const until = world.time.ms + seconds(20);
    await world.until(() => isDone() || world.time.ms >= until);
  }
  await world.untilComplete(...all);
}

async function resolve(world: Simulation, id: string): Promise<void> {
  const state = world.state(id);
  if (state.status !== 'held' || state.hold.step === null) return;
  const { step, code } = state.hold;
  const by = { step, by: 'operator', reason: 'seen', at: world.now };
  if (code === 'manual') return say(world, id, { type: 'ConfirmStep', ...by });
  // Who says that it may be tried again has looked that it does not run.
  world.commands.endAll(id);
  return say(world, id, { type: 'ResolveStep', outcome: 'retry', ...by });
}

const openSteps = (state: DeploymentState) => {
  const active = activeState(state);
  return 'steps' in active ? Object.values(active.steps).filter(({ status }) => status === 'running') : [];
};
const isUndo = ({ step }: { readonly step: string }): boolean => step.startsWith('rollback.');

/** What holds at every append, whoever made it. */
function check(world: Simulation, { id, before, events, after }: DeploymentAppend): void {
  if (openSteps(after).length > 1) world.violated(`${id} has two open steps`);
  const undoes = events.some(
    ({ type, data }) => type === 'RollbackPlanned' || (type === 'StepStarted' && isUndo(data)),
  );
  if (undoes && openSteps(before).some((step) => !isUndo(step))) world.violated(`${id} is undone beside a step`);
  if (isEnded(before) && (!isEnded(after) || before.status !== after.status || before.endedAt !== after.endedAt))
    world.violated(`${id} has ended ${before.status} and is ${after.status}`);
  const tokens = before.status === 'none' ? {} : before.tokens;
  for (const { type, data } of events) {
    if ((type === 'StepStarted' || type === 'StepResumed') && data.host !== 'a person')
      if (data.token < (tokens[data.phase] ?? 0)) world.violated(`${id} is acted on with a stale token`);
    if (type === 'MonitoringPassed' && before.status !== 'monitoring') world.violated(`${id} passes unwatched`);
    if (type === 'DeploymentSucceeded' && world.types(id).includes('DegradationDetected'))
      world.violated(`${id} succeeds after a broken limit`);
  }
}

/**
 * Work that is written down although nobody has it to do, and leases that nobody has let go of. What a process wrote that is
 * gone may sleep on until its time.
 */
function leftOf(world: Simulation): readonly string[] {
  const isAlone = world.processes.length === 1;
  const rows = world.pending.rows
    .filter(({ stream }) => stream.startsWith('deployment-'))
    .filter(({ wakeAt }) => isAlone || wakeAt <= world.time.ms);
  const held = world.leases.names.filter((name) => world.leases.heldBy(name) !== null);
  return [...rows.map(({ phase, stream }) => `${phase} ${stream}`), ...held];
}

function expectSettled(world: Simulation, id: string): void {
  const of = (type: string) =>
    world
      .environmentEvents()
      .filter((event) => event.type === type && 'deployment' in event.data && event.data.deployment === id).length;
  expect(of('EnvironmentSettled')).toBe(of('EnvironmentClaimed'));
  expect(of('EnvironmentSettled') + of('EnvironmentClaimWithdrawn')).toBeLessThanOrEqual(1);
  expect(world.types(id).filter((type) => type === 'EnvironmentReleased').length).toBeLessThanOrEqual(1);
}

describe('the worker, whatever fails', () => {
  it('brings every deployment to its end, once, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async (scenario) => {
        const world = await play(scenario);
        expect(world.environmentState()).toMatchObject({ holder: null, queue: [] });
        scenario.deployments.forEach((_each, index) => expectSettled(world, ids[index]!));
      }),
      runs(150),
    );
  });
});
