import type { EffectOf } from '@backstay/deployment';
import { deploymentIo, sectionChecks, type StepContext } from '@backstay/steps';
import { unlessLeft, type Commands, type Context } from './running.ts';

/** The closing round: what the document wants checked and no step has checked. */
export async function closingChecks(
  steps: StepContext,
  { purpose, sections }: EffectOf<'run-checks'>,
  context: Context,
): Promise<Commands> {
  const signal = AbortSignal.any([context.unwanted, context.detach]);
  const io = deploymentIo(steps, context.state);
  const results = [];
  for (const section of sections) results.push(...(await sectionChecks(section, io, signal)));
  unlessLeft(context);
  if (context.unwanted.aborted) return [];
  return [{ type: 'RecordChecks', purpose, token: context.token, results, at: context.now() }];
}
