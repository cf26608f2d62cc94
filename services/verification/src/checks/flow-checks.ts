import type { CheckResult } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { runFlows, type FlowResult } from '@backstay/checks';
import type { Surroundings } from '@backstay/steps';

/** Runs the critical user flows, in order. */
export async function flowChecks(
  { deployment: { plan }, io, lookup }: Surroundings,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const results = await runFlows(plan.smokeTests, { ...io, baseUrl: plan.baseUrl, variables: lookup, signal });
  return results.map((result) => checkOf(plan, result));
}

function checkOf({ smokeTests }: Plan, { number, title, passed, attempts, observed, reason }: FlowResult): CheckResult {
  const line = smokeTests.find((test) => test.number === number)?.source.line ?? null;
  return {
    kind: 'smoke-test',
    title,
    passed,
    line,
    attempts,
    observed: { ...observed },
    ...(reason === undefined ? {} : { reason }),
  };
}
