import { activeState, type DeploymentCommand, type Finding } from '@backstay/deployment';
import { isMeasured, type Plan } from '@backstay/document';
import { probeDashboard } from '@backstay/steps';
import type { DeploymentContext } from '@backstay/service-kit';
import type { Readers } from '../readers.ts';
import { endOf, left } from '../running.ts';
import { guardedFetch } from '@backstay/guarded-io';
import type { MetricReader } from '@backstay/telemetry';
import type { Ticker } from '../watch/ticker.ts';
import { measureBaseline, noBaseline } from './baseline.ts';
import { metricFindings } from './metric-findings.ts';

type Report = Extract<DeploymentCommand, { type: 'ReportPreflight' }>;

/** Which metrics have data and which dashboards respond, and what is normal of the version that runs now. */
export async function probePreflight(
  readers: Readers,
  ticker: Ticker,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const active = activeState(context.state);
  if (active.status !== 'planning' || active.drafted === null || active.claim === null) return [];
  const { plan } = active.drafted;
  const report = (findings: readonly Finding[], baseline?: Report['baseline']): readonly Report[] => [
    {
      type: 'ReportPreflight',
      phase: 'monitoring',
      findings,
      ...(baseline === undefined ? {} : { baseline }),
      at: context.now(),
    },
  ];
  // Taking a version back is not watched, and nothing that cannot be read may stand in its way.
  if (active.kind === 'rollback') return report([]);
  const reader = isMeasured(plan) ? readers.of(context.id, plan) : null;
  const runs = active.claim.running !== null;
  const findings = await findingsOf(plan, reader, context.now(), runs);
  if (reader === null) return report(findings);
  if (!runs) return report(findings, noBaseline('first deployment', context.now()));
  // What blocks anyway needs no baseline.
  if (findings.some(({ ok, blocking }) => !ok && blocking)) return report(findings);
  const baseline = await measureBaseline(plan, reader, ticker, context.now, endOf(context));
  return baseline === null ? left(context) : report(findings, baseline);
}

async function findingsOf(plan: Plan, reader: MetricReader | null, now: string, runs: boolean): Promise<Finding[]> {
  const fetch = guardedFetch({ allow: plan.allow });
  const [metrics, dashboards] = await Promise.all([
    reader === null ? [] : metricFindings(plan, reader, now, runs),
    Promise.all(plan.monitoring.dashboards.map((url) => probeDashboard(url, fetch))),
  ]);
  return [
    ...metrics,
    ...dashboards.map(({ url, ok, reason }): Finding => ({
      code: 'dashboard',
      subject: url,
      ok,
      blocking: false,
      message: reason ?? 'responds',
    })),
  ];
}
