import { activeState, type EffectOf, type DeploymentCommand } from '@backstay/deployment';
import { checkRestored, type StepContext } from '@backstay/steps';
import { unlessDetached, type DeploymentContext } from '@backstay/service-kit';

/** The closing round of a rollback: whether it ended verified. */
export async function runRestorationChecks(
  steps: StepContext,
  { sections }: EffectOf<'run-checks'>,
  { state, token, unwanted, detach, now }: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const active = activeState(state);
  if (active.status !== 'rolling-back') return [];
  const signal = AbortSignal.any([unwanted, detach]);
  const results = await unlessDetached(detach, checkRestored(steps, active, sections, signal));
  return unwanted.aborted ? [] : [{ type: 'RecordChecks', purpose: 'restoration', token, results, at: now() }];
}
