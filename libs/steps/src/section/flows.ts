import type { CheckResult } from '@backstay/deployment';
import type { SmokeTest } from '@backstay/document';
import { runFlows, type FlowOptions, type FlowResult } from '@backstay/checks';

/** Runs critical user flows, in order. */
export async function flowChecks(
  smokeTests: readonly SmokeTest[],
  options: FlowOptions,
): Promise<readonly CheckResult[]> {
  const results = await runFlows([...smokeTests], options);
  return results.map((result) => flowCheck(smokeTests, result));
}

/** A flow as it is recorded, with its line of the document. */
export function flowCheck(
  smokeTests: readonly SmokeTest[],
  { number, title, passed, attempts, observed, reason }: FlowResult,
): CheckResult {
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
