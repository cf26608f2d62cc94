import type { LineVerdict } from '@backstay/document';
import { proof, unreached, type Context } from '../acceptance-criteria/context.ts';
import { allOf, type DeploymentRecord, type RecordOf } from '../events.ts';

type Check = RecordOf<'SmokeTestPassed' | 'SmokeTestFailed' | 'HealthCheckPassed' | 'HealthCheckFailed'>;

/** The last result of each smoke test and health check of the new version, and those that were not made. */
export function checkLines(records: readonly DeploymentRecord[], context: Context | null): LineVerdict[] {
  const checks = allOf(records, 'SmokeTestPassed', 'SmokeTestFailed', 'HealthCheckPassed', 'HealthCheckFailed');
  const ofNew = checks.filter(({ data }) => data.purpose !== 'restoration');
  const last = [...new Map(ofNew.map((check) => [`${check.data.kind} ${check.data.title}`, check])).values()];
  return [...last.flatMap(made), ...notMade(last, context)];
}

function made(check: Check): LineVerdict[] {
  const { line, title, passed, reason } = check.data;
  if (line === null) return [];
  const text = passed ? title : `${title}: ${reason ?? 'failed'}`;
  return [{ line, kind: 'check', verdict: passed ? 'passed' : 'failed', text, evidence: [proof(check)] }];
}

function notMade(done: readonly Check[], context: Context | null): LineVerdict[] {
  if (context === null) return [];
  const { plan, over } = context;
  const verdict = over ? unreached(context) : 'pending';
  const isLacking =
    (kind: Check['data']['kind']) =>
    ({ title }: { readonly title: string }): boolean =>
      !done.some(({ data }) => data.kind === kind && data.title === title);
  return [
    ...plan.smokeTests.filter(isLacking('smoke-test')),
    ...plan.healthChecks.filter(isLacking('health-check')),
  ].map(({ title, source }) => ({ line: source.line, kind: 'check', verdict, text: title, evidence: [] }));
}
