import { setTimeout as pause } from 'node:timers/promises';
import type { CheckResult } from '@backstay/deployment';
import type { HealthCheck } from '@backstay/document';
import { runHealthChecks, type HealthOptions } from '@backstay/checks';

/** How long a service that was just restarted may take until it is healthy. */
const withinMs = 10_000;
const everyMs = 1_000;

/** Makes health checks in order; each is made again until it passes or the time that all of them share is over. */
export async function healthChecks(
  checks: readonly HealthCheck[],
  options: HealthOptions,
): Promise<readonly CheckResult[]> {
  const until = performance.now() + withinMs;
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await patientCheck(check, options, until));
  return results;
}

async function patientCheck(check: HealthCheck, options: HealthOptions, until: number): Promise<CheckResult> {
  for (let attempts = 1; ; attempts += 1) {
    const result = await healthCheck(check, options, attempts);
    const mayRetry = !result.passed && performance.now() + everyMs < until;
    if (!mayRetry || !(await pause(everyMs, true, { signal: options.signal }).catch(() => false))) return result;
  }
}

export async function healthCheck(check: HealthCheck, options: HealthOptions, attempts = 1): Promise<CheckResult> {
  const [result] = await runHealthChecks([check], options);
  const { passed = false, observed = 'not made', reason, served } = result ?? {};
  return {
    kind: 'health-check',
    title: check.title,
    passed,
    line: check.source.line,
    attempts,
    observed: { reply: observed },
    ...(reason === undefined ? {} : { reason }),
    ...(served === undefined ? {} : { served }),
  };
}
