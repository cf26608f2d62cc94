import type { CheckResult, EffectOf, StepOutcome } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { surroundingsOf, type StepGround } from '@backstay/steps';
import { runningOf, unlessLeft, type Commands, type Context } from '../running.ts';
import type { Patience } from './health-checks.ts';
import { sectionChecks } from './section-checks.ts';

/** Performs a step that stands for a section of the document: its checks are the step. */
export async function performSection(
  ground: StepGround,
  { step, attempt }: EffectOf<'perform-step'>,
  context: Context,
  patience?: Patience,
): Promise<Commands> {
  const { action, timeoutMs } = step;
  if (action.kind !== 'section') throw new Error(`${step.id} is no section`);
  const { plan } = runningOf(context.state).drafted;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([context.unwanted, context.detach, deadline]);
  const checks = await sectionChecks(action.section, surroundingsOf(ground, context.state), signal, patience);
  unlessLeft(context);
  const ended = {
    type: 'CompleteStep',
    step: step.id,
    attempt,
    token: context.token,
    host: context.host,
    at: context.now(),
  } as const;
  if (context.unwanted.aborted) return [{ ...ended, outcome: noLongerWanted }];
  return [
    {
      ...ended,
      outcome: outcomeOf(plan, checks, deadline.aborted ? timeoutMs : null),
      checks,
      result: countsOf(checks),
    },
  ];
}

const noLongerWanted: StepOutcome = { status: 'interrupted', reason: 'it was ended because it is no longer wanted' };

/** The checks run within this service: when it is asked to end them, none runs any more. */
export async function interruptSection(
  { step, attempt }: EffectOf<'interrupt-step'>,
  { token, host, now }: Context,
): Promise<Commands> {
  return [{ type: 'CompleteStep', step, attempt, outcome: noLongerWanted, token, host, at: now() }];
}

/** A flow that may fail does not fail the step; nothing to check is no proof of anything. */
function outcomeOf({ smokeTests }: Plan, checks: readonly CheckResult[], overMs: number | null): StepOutcome {
  const mayFail = ({ kind, title }: CheckResult) =>
    kind === 'smoke-test' && smokeTests.find((test) => test.title === title)?.onFailure === 'continue';
  const failing = checks.filter((check) => !check.passed && !mayFail(check));
  if (checks.length === 0) return { status: 'failed', reason: 'the document names nothing to check here' };
  if (failing.length === 0) return { status: 'succeeded' };
  const titles = failing.map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`).join('; ');
  return { status: 'failed', reason: overMs === null ? titles : `not finished within ${overMs} ms; ${titles}` };
}

const countsOf = (checks: readonly CheckResult[]) => ({
  passed: checks.filter(({ passed }) => passed).length,
  total: checks.length,
});
