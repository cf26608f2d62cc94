import { activeState, type EffectOf } from '@backstay/deployment';
import { checkRestored, type StepContext } from '@backstay/steps';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';

/** The closing round of a rollback: whether it ended verified. */
export async function runRestorationChecks(
  steps: StepContext,
  { sections }: EffectOf<'run-checks'>,
  { state, token, unwanted, detach, now }: Context,
): Promise<Commands> {
  const active = activeState(state);
  if (active.status !== 'rolling-back') return [];
  const signal = AbortSignal.any([unwanted, detach]);
  const results = await unlessDetached(detach, checkRestored(steps, active, sections, signal));
  return unwanted.aborted ? [] : [{ type: 'RecordChecks', purpose: 'restoration', token, results, at: now() }];
}
