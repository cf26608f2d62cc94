import { performerOf, underlying, type DeploymentState, type EffectOf } from '@backstay/deployment';
import type { Step } from '@backstay/document';
import { interruptStep, type StepGround } from '@backstay/steps';
import { workLease, type HeldLease } from '@backstay/postgres';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import { deploymentOf } from './deployment-of.ts';

type Parts = Pick<Platform, 'deployments' | 'leases'>;

/**
 * Nothing is undone beside a step that may still act. Its own performer ends it and says so; only when nobody holds that work
 * any more, it is taken over under a higher token and ended here.
 */
export async function awaitQuiet(
  parts: Parts,
  ground: StepGround,
  effect: EffectOf<'await-quiet'>,
  context: Context,
): Promise<Commands> {
  const { state, stream } = context;
  const step = plannedStep(state, effect.step);
  const phase = performerOf(step);
  const atLeastToken = highestToken(state, effect.step, phase);
  const lease: HeldLease | null = await parts.leases.take({ name: workLease(phase, stream), atLeastToken });
  if (lease === null) return [];
  try {
    const open = { step, attempt: effect.attempt, token: lease.token };
    await context.append(await endOf(parts, ground, open, context, lease.signal));
    return [];
  } finally {
    await lease.release();
  }
}

type Open = { readonly step: Step; readonly attempt: number; readonly token: number };

async function endOf(
  parts: Parts,
  ground: StepGround,
  open: Open,
  context: Context,
  lost: AbortSignal,
): Promise<Commands[number]> {
  const { state, host, detach, now } = context;
  const deployment = await deploymentOf(parts, state);
  const begunOn = recordOf(state, open.step.id)?.host ?? host;
  const end = await unlessDetached(
    AbortSignal.any([detach, lost]),
    interruptStep({ ground, deployment, ...open, begunOn, host }),
  );
  return {
    type: 'CompleteStep',
    step: open.step.id,
    attempt: open.attempt,
    token: open.token,
    host,
    ...end,
    at: now(),
  };
}

function plannedStep(state: DeploymentState, id: string): Step {
  const whole = underlying(state);
  const step = whole.status === 'none' ? undefined : whole.drafted?.plan.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`step ${id} is not in the plan`);
  return step;
}

function recordOf(state: DeploymentState, id: string) {
  const whole = underlying(state);
  return whole.status === 'none' || whole.status === 'planning' ? undefined : whole.steps[id];
}

function highestToken(state: DeploymentState, step: string, phase: ReturnType<typeof performerOf>): number {
  const whole = underlying(state);
  const ofPhase = whole.status === 'none' ? 0 : (whole.tokens[phase] ?? 0);
  return Math.max(ofPhase, recordOf(state, step)?.token ?? 0);
}
