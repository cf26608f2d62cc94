import { setTimeout as pause } from 'node:timers/promises';
import type { CheckResult, Running } from '@backstay/deployment';
import type { HealthCheck, Section } from '@backstay/document';
import { guardedIo } from '@backstay/guarded-io';
import {
  runHealthChecks,
  type CheckResult as HealthResult,
  type FlowOptions,
  type HealthOptions,
} from '@backstay/checks';
import { withinTime } from '../bounded.ts';
import type { StepContext } from '../context.ts';
import { stepDeploymentOf, type StepDeployment } from '../deployment.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import type { ActionOf, RollbackTask } from '../task.ts';
import { flowChecks } from './flows.ts';
import { withReleaseRunning } from './release-running.ts';

const mostTries = 5;
const betweenTriesMs = 2_000;

type RollingBack = Extract<Running, { status: 'rolling-back' }>;

/** A section among the steps of a rollback is about what was restored. */
export function checkRestoredSection(task: RollbackTask<ActionOf<'section'>>): Promise<StepEnd> {
  const { section } = task.step.action;
  return withinTime(task, async (signal) => {
    if (section === 'dashboards' || section === 'documentation')
      return failed(`the section ${section} is not supported as a step of a rollback in this version`);
    const checks = await checkRestored(task.context, task.state, [section], signal);
    signal.throwIfAborted();
    if (checks.length === 0) return failed('nothing was checked');
    const problems = checks
      .filter(({ passed }) => !passed)
      .map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`);
    return problems.length === 0 ? succeeded({ checks }) : failed(problems.join('; '), { checks });
  });
}

/** Checks what was restored by the target's own checks: health first, as flows need a service that is up. */
export async function checkRestored(
  context: StepContext,
  state: RollingBack,
  sections: readonly Section[],
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { checks, target } = state.rollback ?? { checks: null, target: null };
  if (checks === null || target === null) return [];
  const deployment = await deploymentOfChecks(context, state, checks.from, target.version);
  const options = optionsFor(context, deployment, signal);
  const health = sections.includes('health-checks')
    ? await healthOf(checks.healthChecks, { ...options, expectedVersion: target.version })
    : [];
  const flows = sections.some((section) => section === 'smoke-tests' || section === 'critical-flows')
    ? await flowChecks(checks.smokeTests, options)
    : [];
  const results = [...health, ...flows];
  return sections.includes('health-checks')
    ? withReleaseRunning(results, target, stepDeploymentOf(state).plan.delivery)
    : results;
}

/** With whose addresses and variables the checks are made. */
async function deploymentOfChecks(
  { deployments }: StepContext,
  state: RollingBack,
  from: string | null,
  version: string,
): Promise<StepDeployment> {
  if (from !== null) return stepDeploymentOf((await deployments.load(from)).state);
  const present = stepDeploymentOf(state);
  return { ...present, plan: { ...present.plan, version } };
}

type Options = FlowOptions & Pick<HealthOptions, 'server' | 'redact'>;

function optionsFor(context: StepContext, deployment: StepDeployment, signal: AbortSignal): Options {
  const { lookup, redact, redactorFor: mask, open } = knownEnvironment({ context, deployment });
  const { baseUrl } = deployment.plan;
  return { ...guardedIo(deployment.plan), mask, redact, open, baseUrl, variables: lookup, signal };
}

/** A service that was just restarted may need a moment: what fails is asked again, a few times. */
async function healthOf(
  healthChecks: readonly HealthCheck[],
  options: Options & { expectedVersion: string },
): Promise<readonly CheckResult[]> {
  for (let attempts = 1; ; attempts += 1) {
    const results = await runHealthChecks([...healthChecks], { ...options, onResult: undefined });
    const isLast = attempts === mostTries || options.signal?.aborted === true || results.every(({ passed }) => passed);
    if (isLast) return results.map((result, index) => ofHealth(result, healthChecks[index], attempts));
    await pause(betweenTriesMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function ofHealth(
  { title, passed, observed, reason, served }: HealthResult,
  check: HealthCheck | undefined,
  attempts: number,
): CheckResult {
  return {
    kind: 'health-check',
    title,
    passed,
    line: check?.source.line ?? null,
    attempts,
    observed: { text: observed },
    ...(reason === undefined ? {} : { reason }),
    ...(served === undefined ? {} : { served }),
  };
}
