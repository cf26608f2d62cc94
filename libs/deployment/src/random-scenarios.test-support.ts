import fc from 'fast-check';
import type { Plan, Step } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import type { DeploymentCommand } from './deployment.ts';
import type { DeploymentEvent } from './events.ts';
import type { StepOutcome } from './execution/commands.ts';
import { phaseOfStepId } from './steps.ts';
import { phases, type Phase } from './phase.ts';
import { activeState, type DeploymentState } from './state.ts';
import {
  breachOf,
  examplePlan,
  exampleStep,
  minutes,
  passingChecks,
  ScriptedHistory,
  type Append,
  fullWatch,
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
  { action: { kind: 'wait', ms: 90_000 }, mutates: false },
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

/** One that is read when all steps are done, and one that is read last. */
const evidenceCriteria: Plan['acceptanceCriteria'] = [
  {
    text: 'Tests passed',
    line: 140,
    rule: { kind: 'evidence', evidence: { reader: 'junit', glob: 'reports/*.xml' } },
  },
  {
    text: 'No errors in the log',
    line: 141,
    rule: { kind: 'evidence', evidence: { reader: 'log', files: ['app.log'], patterns: ['error'], allow: [] } },
  },
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
      [exampleStep('rollback.1', { action: { kind: 'wait', ms: minutes(45) } })],
      [exampleStep('rollback.1', { action: { kind: 'revert', part: 'previous-version' } })],
    ),
    asks: fc.boolean(),
    watched: fc.boolean(),
    evidence: fc.subarray(evidenceCriteria),
  })
  .map(({ steps, own, asks, watched, evidence }) => {
    const plan = examplePlan();
    const then = asks ? ('ask:operator' as const) : ('fail' as const);
    return {
      ...plan,
      steps: steps.filter((step) => step !== null),
      acceptanceCriteria: [...plan.acceptanceCriteria, ...evidence],
      rollback: { ...plan.rollback, steps: [...own] },
      monitoring: {
        ...plan.monitoring,
        source: watched ? plan.monitoring.source : null,
        onNoData: { ...plan.monitoring.onNoData, then },
      },
    };
  });

type Move =
  | { readonly kind: 'run' | 'take over'; readonly phase: Phase }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'command'; readonly command: (now: string) => DeploymentCommand };

const succeeded: StepOutcome = { status: 'succeeded' };
const outcomes: readonly StepOutcome[] = [
  { status: 'succeeded' },
  { status: 'failed', reason: 'exit code 1' },
  { status: 'interrupted', reason: 'ended' },
  { status: 'unknown', reason: 'no record' },
];

const texts = {
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

const revoked = { eventId: 'e-7', eventType: 'CriterionConfirmed', digest: 'h', line: 131 };

/** Any command at any time, from whoever believes that they are to act. */
export const commandArbitrary: fc.Arbitrary<Move> = fc
  .record(texts)
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
        ...fullWatch(),
        token,
        at,
      }),
      (at) => ({ type: 'AskUnwatched', reason: 'nobody watched', token, at }),
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
      (at) => ({ type: 'ResolveStep', step: 'running-version', outcome: 'retry', by: 'operator', reason: 'look', at }),
      (at) => ({
        type: 'HoldDeployment',
        code: 'platform-fault',
        why: 'no space on the disk',
        duty: null,
        step: null,
        winner: null,
        until: new Date(Date.parse(at) + minutes(1)).toISOString(),
        at,
      }),
    ];
    const rare: readonly ((at: string) => DeploymentCommand)[] = [
      (at) => ({ type: 'TriggerRollback', trigger, reason: 'stop', at }),
      (at) => ({ type: 'CancelDeployment', reason: 'no', by: 'operator', at }),
      (at) => ({ type: 'EndStall', at }),
      (at) => ({ type: 'ConfirmCriterion', line: 131, by: 'release manager', reason: 'read', at }),
      (at) => ({ type: 'RevokeEvidence', evidence: revoked, by: 'auditor', reason: 'another build', at }),
    ];
    const chosen = often === 0 ? rare[pick % rare.length] : commands[pick % commands.length];
    return { kind: 'command', command: chosen as (at: string) => DeploymentCommand };
  });

const moveArbitrary: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...phases).map((phase): Move => ({ kind: 'run', phase })) },
  { weight: 1, arbitrary: fc.constantFrom(...phases).map((phase): Move => ({ kind: 'take over', phase })) },
  { weight: 1, arbitrary: fc.constantFrom(1000, minutes(11), minutes(61)).map((ms): Move => ({ kind: 'pass', ms })) },
  { weight: 4, arbitrary: commandArbitrary },
);

export const worldArbitrary = fc.record({
  plan: planArbitrary,
  nexts: fc.array(
    fc.constantFrom<StepOutcome | 'running'>(...Array.from({ length: 6 }, () => succeeded), ...outcomes, 'running'),
    { minLength: 1, maxLength: 6 },
  ),
  watch: fc.constantFrom('passes' as const, 'degrades' as const, 'says nothing' as const),
  begun: fc.integer({ min: 0, max: 9 }),
  kind: fc.constantFrom('deployment' as const, 'deployment' as const, 'rehearsal' as const),
  moves: fc.array(moveArbitrary, { maxLength: 80, size: 'max' }),
});

export type Scenario = typeof worldArbitrary extends fc.Arbitrary<infer World> ? World : never;

/** Runs a random scenario, after which every act goes well; `each` sees the state before and after every move, with the events that it brought. */
export function play(
  { plan, nexts, watch, begun, kind, moves }: Scenario,
  each: (
    before: DeploymentState,
    after: DeploymentState,
    events: readonly DeploymentEvent[],
    world: ScriptedHistory,
  ) => void,
  onAppend: (append: Append) => void = () => {},
): ScriptedHistory {
  const world = new ScriptedHistory();
  world.onAppend = onAppend;
  let asked = 0;
  let isOver = false;
  const next = () => nexts[(asked += 1) % nexts.length] ?? 'running';
  world.request('d-1', { plan, watch, outcome: () => (isOver ? { status: 'succeeded' } : next()) }, { kind });
  // Most scenarios begin where something can go wrong.
  for (let round = 0; round < begun; round += 1)
    for (const phase of phases) refusable(() => void world.runPhase('d-1', phase));
  for (const move of moves) {
    const known = world.events('d-1').length;
    const before = world.state('d-1');
    refusable(() => make(world, move));
    each(before, world.state('d-1'), world.events('d-1').slice(known), world);
  }
  isOver = true;
  return world;
}

function make(world: ScriptedHistory, move: Move): void {
  if (move.kind === 'run') world.runPhase('d-1', move.phase);
  if (move.kind === 'take over') world.takeOver(move.phase);
  if (move.kind === 'pass') world.pass(move.ms);
  if (move.kind !== 'command') return;
  const command = move.command(world.now);
  world.as(issuerOf(command, world.state('d-1')), () => world.handle('d-1', command));
}

/** The phase that alone issues such a command; null: anybody does. */
function issuerOf(command: DeploymentCommand, state: DeploymentState): Phase | null {
  const active = activeState(state);
  switch (command.type) {
    case 'BeginStep':
    case 'CompleteStep':
      return active.status === 'none' ? null : phaseOfStepId(active.drafted, command.step);
    case 'BeginChecks':
    case 'RecordChecks':
      return command.purpose === 'restoration' ? 'rollback' : 'verification';
    case 'BeginWatch':
    case 'PassMonitoring':
    case 'AskUnwatched':
    case 'FailMonitoring':
    case 'DetectDegradation':
    case 'RaiseAlert':
      return 'monitoring';
    case 'PlanRollback':
    case 'FailRollback':
      return 'rollback';
    case 'ExpireHold':
    case 'EndStall':
      return 'planning';
    default:
      return null;
  }
}

export function refusable(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
  }
}
