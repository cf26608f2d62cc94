import { counted, isMeasured } from '@backstay/document';
import { isWatched, measureName, type MetricSummary } from '@backstay/deployment';
import { evidenceReadBy, type Step } from '@backstay/document';
import { allOf, lastOf, type RecordOf } from '../events.ts';
import { evidenceOf, lastEndOf, proof, stepsWhere, type Context } from './context.ts';
import { allOfThem, met, unknown, unmet, waiting, type Judged } from './verdict.ts';

type Check = RecordOf<'SmokeTestPassed' | 'SmokeTestFailed'>;

export function executed({ records, over }: Context): Judged {
  const completed = lastOf(records, 'ExecutionCompleted');
  if (completed !== undefined) return met('every step up to the deployment itself was performed', [proof(completed)]);
  const failed = lastOf(records, 'ExecutionFailed');
  if (failed !== undefined) return unmet(`step ${failed.data.step} failed: ${failed.data.reason}`, [proof(failed)]);
  return over ? unmet('its steps were never all performed') : waiting('its steps have not all been performed yet');
}

/** Passed means: verification passed, and the last result of every flow, also of those re-run in the watch, is a pass. */
export function smokeTestsPassed({ plan, records, over }: Context): Judged {
  const flows = lastOfEachFlow(records);
  const failed = flows.filter(({ data }) => !data.passed);
  if (failed.length > 0)
    return unmet(
      failed.map(({ data }) => `${data.title}: ${data.reason ?? 'failed'}`).join('; '),
      failed.map((each) => proof(each)),
    );
  if (plan.smokeTests.length === 0) return unmet('the document has no critical user flow');
  const passed = lastOf(records, 'VerificationPassed', 'VerificationFailed');
  if (passed?.type === 'VerificationFailed') return unmet(passed.data.reason, [proof(passed)]);
  if (passed === undefined)
    return over
      ? unmet(`it was never verified in ${plan.environment}`)
      : waiting(`it has not been verified in ${plan.environment} yet`);
  const missing = plan.smokeTests.filter(({ title }) => !flows.some(({ data }) => data.title === title));
  const evidence = [passed, ...flows].map((record) => proof(record));
  if (missing.length > 0) return unmet(`no result of ${missing.map(({ title }) => title).join(', ')}`, evidence);
  return met(`${counted(flows.length, 'smoke test')} passed in ${plan.environment}`, evidence);
}

/** Of the new version; by title. */
export function lastOfEachFlow(records: Context['records']): readonly Check[] {
  const checks = allOf(records, 'SmokeTestPassed', 'SmokeTestFailed').filter(
    ({ data }) => data.purpose !== 'restoration',
  );
  return [...new Map(checks.map((check) => [check.data.title, check])).values()];
}

/** Read over the watch window; a log step that found something counts against it too. */
export function noCriticalErrors(context: Context): Judged {
  const { plan, records, over } = context;
  const found = stepsWhere(context, isLogStep).flatMap((step) => failedLogs(context, step));
  const logs = lastOf(records, 'LogsRead');
  if (logs !== undefined) return allOfThem([logsJudged(logs), ...found]);
  if (found.length > 0) return allOfThem(found);
  if (plan.monitoring.logs === null) return unmet('no line and no binding names logs to read');
  if (!isWatched(plan)) return unmet('nothing is watched, so that no logs are read over a watch window');
  return over
    ? unmet('the logs were never read over the watch window')
    : waiting('the logs are read when the watch window ends');
}

const isLogStep = (action: Step['action']): boolean => evidenceReadBy(action)?.reader === 'log';

function failedLogs(context: Context, step: Step): Judged[] {
  const end = lastEndOf(context, step);
  const evidence = end && evidenceOf(end);
  return end !== undefined && evidence?.verdict === 'fail'
    ? [unmet(evidence.summary, [proof(end, `${step.id}: ${evidence.summary}`)])]
    : [];
}

function logsJudged(logs: RecordOf<'LogsRead'>): Judged {
  const { verdict, summary } = logs.data;
  const evidence = [proof(logs)];
  if (verdict === 'pass') return met(summary, evidence);
  return verdict === 'fail' ? unmet(summary, evidence) : unknown(summary, evidence);
}

export function performanceAcceptable({ plan, records, over }: Context): Judged {
  const last = lastOf(records, 'MonitoringPassed', 'MonitoringFailed', 'DegradationDetected');
  if (last?.type === 'MonitoringPassed') return metricsJudged(last);
  if (last?.type === 'MonitoringFailed') return unmet(last.data.reason, [proof(last)]);
  if (last !== undefined) return unmet(last.data.breach.sentence, [proof(last)]);
  if (!isMeasured(plan)) return unmet('the document names no metric source, no watch window or no metric');
  return over ? unmet('the watch was never finished') : waiting('the watch has not been finished yet');
}

function metricsJudged(passed: RecordOf<'MonitoringPassed'>): Judged {
  const { metrics } = passed.data;
  const bad = metrics.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  if (bad.length > 0) return unmet(bad.map(lacking).join('; '), [proof(passed)]);
  const good = metrics.filter(({ verdict, samples }) => verdict === 'pass' && samples > 0);
  if (good.length === 0) return unmet('no metric had enough valid samples', [proof(passed)]);
  const samples = good.reduce((sum, metric) => sum + metric.samples, 0);
  return met(`${counted(good.length, 'metric')} stayed within the limits on ${counted(samples, 'valid sample')}`, [
    proof(passed),
  ]);
}

const lacking = ({ verdict, reason, ...metric }: MetricSummary): string =>
  `${measureName(metric)}: ${verdict}${reason === undefined ? '' : `, ${reason}`}`;
