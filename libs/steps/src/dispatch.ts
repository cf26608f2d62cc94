import type { Finding } from '@backstay/deployment';
import type { Action, Step } from '@backstay/document';
import { failed, interrupted, unknown, type StepEnd } from './end.ts';
import type { Captured, Preflight, StepKind } from './kind.ts';
import { stepKinds } from './registry.ts';
import type { Interruption, RollbackTask, StepTask } from './task.ts';

type AnyKind = StepKind<Action>;

const kindNames = Object.keys(stepKinds) as readonly Action['kind'][];

/** What performs the steps of this kind. */
const kindNamed = (name: Action['kind']): AnyKind => stepKinds[name];

/** How a step ended: it is performed, and probed where nobody saw its end. @throws {StaleToken} */
export async function endOf(task: StepTask): Promise<StepEnd> {
  const kind = kindNamed(task.step.action.kind);
  const end = await performed(kind, task);
  return end.outcome.status === 'unknown' && kind.probe !== undefined ? kind.probe(task, end) : end;
}

async function performed(kind: AnyKind, task: StepTask): Promise<StepEnd> {
  const { phase, state, step } = task;
  if (phase !== 'rollback') return kind.run?.(task) ?? failed(notSupported(step, 'the plan'));
  if (state.status !== 'rolling-back' || state.rollback === null) return failed('the deployment is not rolled back');
  const rollback: RollbackTask = { ...task, state, target: state.rollback.target };
  return kind.undo?.(rollback) ?? failed(notSupported(step, 'a rollback'));
}

function notSupported({ action }: Step, what: string): string {
  return `${action.kind} is not supported as a step of ${what} in this version`;
}

/**
 * Ends a step that its own handler does not end any more, and reports how it really ended. What another machine began, nobody here can
 * end: `unknown`. @throws {StaleToken}
 */
export async function interrupt(task: Interruption): Promise<StepEnd> {
  return kindNamed(task.step.action.kind).interrupt?.(task) ?? endedWithHandler(task.step);
}

/** A step without a process of its own has ended with its handler. */
function endedWithHandler({ effect }: Step): StepEnd {
  const reason = 'the process that ran it was lost';
  return effect === 'opaque' ? unknown(reason) : interrupted(reason);
}

/** What a step of a plan, or of its rollback, will find when it is performed. */
export async function preflightOf(step: Step, preflight: Preflight): Promise<readonly Finding[]> {
  return kindNamed(step.action.kind).preflight?.(step, preflight) ?? [];
}

/** The same where a succeeded deployment is taken back. */
export async function preflightBackOf(step: Step, preflight: Preflight): Promise<readonly Finding[]> {
  return kindNamed(step.action.kind).preflightBack?.(step, preflight) ?? [];
}

/** What a rollback will need to know of the present. */
export async function captureBefore(preflight: Preflight): Promise<Captured> {
  const { steps } = preflight.deployment.plan;
  const captured = kindNames.map(async (name) => kindNamed(name).capture?.(ofKind(steps, name), preflight) ?? {});
  return Object.assign({}, ...(await Promise.all(captured))) as Captured;
}

const ofKind = (steps: readonly Step[], name: Action['kind']): readonly Step[] =>
  steps.filter(({ action }) => action.kind === name);
