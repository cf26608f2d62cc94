import type { EffectOf } from '@backstay/deployment';
import type { StepGround } from '@backstay/steps';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import { checkRestored } from './restoration.ts';

/** The closing round of a rollback: whether it ended verified. */
export async function runRestorationChecks(
  platform: Pick<Platform, 'deployments'>,
  ground: StepGround,
  effect: EffectOf<'run-checks'>,
  context: Context,
): Promise<Commands> {
  const { state, token, unwanted, detach, now } = context;
  const signal = AbortSignal.any([unwanted, detach]);
  const results = await unlessDetached(detach, checkRestored(platform, ground, state, effect.sections, signal));
  return unwanted.aborted ? [] : [{ type: 'RecordChecks', purpose: 'restoration', token, results, at: now() }];
}
