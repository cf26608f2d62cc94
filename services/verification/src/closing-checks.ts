import type { DeploymentCommand, EffectOf } from '@backstay/deployment';
import { deploymentIo, sectionChecks, type StepContext } from '@backstay/steps';
import { unlessLeft, type DeploymentContext } from '@backstay/service-kit';

/** The closing round: what the document wants checked and no step has checked. */
export async function closingChecks(
  steps: StepContext,
  { purpose, sections }: EffectOf<'run-checks'>,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const signal = AbortSignal.any([context.unwanted, context.detach]);
  const io = deploymentIo(steps, context.state);
  const results = [];
  for (const section of sections) results.push(...(await sectionChecks(section, io, signal)));
  unlessLeft(context);
  if (context.unwanted.aborted) return [];
  return [{ type: 'RecordChecks', purpose, token: context.token, results, at: context.now() }];
}
