import {
  phaseOfStep,
  activeState,
  type DeploymentState,
  type EffectOf,
  type DeploymentCommand,
} from '@backstay/deployment';
import type { Step } from '@backstay/document';
import { interruptStep, type StepContext } from '@backstay/steps';
import { workLease, type HeldLease } from '@backstay/postgres';
import { unlessDetached, type Platform, type DeploymentContext } from '@backstay/service-kit';

type Parts = Pick<Platform, 'leases'>;

/**
 * Nothing is undone beside a step that may still act. The phase that runs it ends it and records that; only when nobody holds that work
 * any more, it is taken over under a higher token and ended here.
 */
export async function awaitQuiet(
  parts: Parts,
  steps: StepContext,
  effect: EffectOf<'await-quiet'>,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const { state, stream } = context;
  const step = plannedStep(state, effect.step);
  const phase = phaseOfStep(step);
  const atLeastToken = highestToken(state, effect.step, phase);
  const lease: HeldLease | null = await parts.leases.take({ name: workLease(phase, stream), atLeastToken });
  if (lease === null) return [];
  try {
    const fenced = { ...context, token: lease.token };
    const signal = AbortSignal.any([context.detach, lease.signal]);
    await context.append(await unlessDetached(signal, interruptStep(steps, 'rollback', effect, fenced)));
    return [];
  } finally {
    await lease.release();
  }
}

function plannedStep(state: DeploymentState, id: string): Step {
  const active = activeState(state);
  const step = active.status === 'none' ? undefined : active.drafted?.plan.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`step ${id} is not in the plan`);
  return step;
}

function recordOf(state: DeploymentState, id: string) {
  const active = activeState(state);
  return active.status === 'none' || active.status === 'planning' ? undefined : active.steps[id];
}

function highestToken(state: DeploymentState, step: string, phase: ReturnType<typeof phaseOfStep>): number {
  const active = activeState(state);
  const ofPhase = active.status === 'none' ? 0 : (active.tokens[phase] ?? 0);
  return Math.max(ofPhase, recordOf(state, step)?.token ?? 0);
}
