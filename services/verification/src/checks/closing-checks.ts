import type { EffectOf } from '@backstay/deployment';
import { surroundingsOf, type StepGround } from '@backstay/steps';
import { unlessLeft, type Commands, type Context } from '../running.ts';
import type { Patience } from './health-checks.ts';
import { sectionChecks } from './section-checks.ts';

/** The closing round: what the document wants checked and no step has checked. */
export async function closingChecks(
  ground: StepGround,
  { purpose, sections }: EffectOf<'run-checks'>,
  context: Context,
  patience?: Patience,
): Promise<Commands> {
  const signal = AbortSignal.any([context.unwanted, context.detach]);
  const surroundings = surroundingsOf(ground, context.state);
  const results = [];
  for (const section of sections) results.push(...(await sectionChecks(section, surroundings, signal, patience)));
  unlessLeft(context);
  if (context.unwanted.aborted) return [];
  return [{ type: 'RecordChecks', purpose, token: context.token, results, at: context.now() }];
}
