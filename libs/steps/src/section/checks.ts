import type { CheckResult, StepOutcome } from '@backstay/deployment';
import type { Plan, Section } from '@backstay/document';
import { timeLimit } from '@backstay/hosts';
import { interrupted, noLongerWanted, type StepEnd } from '../end.ts';
import { deploymentIo, type DeploymentIo } from '../io.ts';
import type { StepTask } from '../task.ts';
import { flowChecks } from './flows.ts';
import { healthChecks } from './health.ts';

/** What the document's section asks for. @throws {Error} for a section that is not verified by checks */
export async function sectionChecks(
  section: Section,
  { deployment: { plan }, io, lookup, environment }: DeploymentIo,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { redactorFor: mask, redact, open } = environment;
  const options = { ...io, mask, redact, open, baseUrl: plan.baseUrl, variables: lookup, signal };
  switch (section) {
    case 'smoke-tests':
    case 'critical-flows':
      return flowChecks(plan.smokeTests, options);
    case 'health-checks':
      return healthChecks(plan.healthChecks, { ...options, expectedVersion: plan.version });
    case 'dashboards':
    case 'documentation':
      throw new Error(`the section ${section} has no checks`);
  }
}

/** The checks of a section are its step. */
export async function checkSection(task: StepTask, section: Section): Promise<StepEnd> {
  const { context, state, deployment, step, unwanted, detach } = task;
  const deadline = timeLimit(step.timeoutMs);
  const signal = AbortSignal.any([unwanted, detach, deadline]);
  const checks = await sectionChecks(section, deploymentIo(context, state, deployment), signal);
  if (unwanted.aborted) return interrupted(noLongerWanted);
  const outcome = outcomeOf(deployment.plan, checks, deadline.aborted ? step.timeoutMs : null);
  return { outcome, checks, result: countsOf(checks) };
}

/** A flow that may fail does not fail the step; nothing to check is not proof of anything. */
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
