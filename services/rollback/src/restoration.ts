import { setTimeout as pause } from 'node:timers/promises';
import { underlying, type CheckResult, type DeploymentState } from '@backstay/deployment';
import type { HealthCheck, Section, SmokeTest } from '@backstay/document';
import { guardedIo } from '@backstay/guarded-io';
import { knownEnvironment, stepDeploymentOf, type StepDeployment, type StepGround } from '@backstay/steps';
import { runFlows, runHealthChecks, type FlowOptions, type HealthOptions } from '@backstay/checks';
import type { Platform } from '@backstay/service-kit';

const mostTries = 5;
const betweenTriesMs = 2_000;

/** Checks what was restored by the target's own checks: health first, as flows need a service that is up. */
export async function checkRestored(
  platform: Pick<Platform, 'deployments'>,
  ground: StepGround,
  state: DeploymentState,
  sections: readonly Section[],
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const whole = underlying(state);
  if (whole.status !== 'rolling-back' || whole.rollback === null || whole.rollback.target === null) return [];
  const { checks, target } = whole.rollback;
  const deployment = await deploymentOfChecks(platform, state, checks.from, target.version);
  const options = optionsFor(ground, deployment, signal);
  const health = sections.includes('health-checks')
    ? await healthOf(checks.healthChecks, { ...options, expectedVersion: target.version })
    : [];
  const flows = sections.some((section) => section === 'smoke-tests' || section === 'critical-flows')
    ? await flowsOf(checks.smokeTests, options)
    : [];
  return [...health, ...flows];
}

/** With whose addresses and variables the checks are made. */
async function deploymentOfChecks(
  platform: Pick<Platform, 'deployments'>,
  state: DeploymentState,
  from: string | null,
  version: string,
): Promise<StepDeployment> {
  if (from !== null) return stepDeploymentOf((await platform.deployments.load(from)).state);
  const present = stepDeploymentOf(state);
  return { ...present, plan: { ...present.plan, version } };
}

type Options = FlowOptions & Pick<HealthOptions, 'server'>;

function optionsFor(ground: StepGround, deployment: StepDeployment, signal: AbortSignal): Options {
  return {
    ...guardedIo(deployment.plan),
    baseUrl: deployment.plan.baseUrl,
    variables: knownEnvironment({ ground, deployment }).lookup,
    signal,
  };
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
  { title, passed, observed, reason }: { title: string; passed: boolean; observed: string; reason?: string },
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
  };
}

async function flowsOf(smokeTests: readonly SmokeTest[], options: FlowOptions): Promise<readonly CheckResult[]> {
  const results = await runFlows([...smokeTests], options);
  return results.map(({ title, passed, attempts, observed, reason }, index) => {
    const line = smokeTests[index]?.source.line ?? null;
    return {
      kind: 'smoke-test',
      title,
      passed,
      line,
      attempts,
      observed: { ...observed },
      ...(reason === undefined ? {} : { reason }),
    };
  });
}
