import { setTimeout as pause } from 'node:timers/promises';
import { measureName, type StepOutcome } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { guardedFetch } from '@backstay/guarded-io';
import { timeLimit } from '@backstay/hosts';
import type { MetricProbe } from '@backstay/telemetry';
import type { StepEnd } from '../end.ts';
import { metricReaderOf } from '../metrics.ts';
import type { StepTask } from '../task.ts';
import { probeDashboard, type DashboardProbe } from './probe-dashboard.ts';

/** A process that was just restarted may not publish everything at once. */
const mostTries = 3;

export const movedOn: StepOutcome = { status: 'interrupted', reason: 'the deployment moved on' };

/** Every dashboard responds and every named metric is published. */
export async function checkDashboards({ context, deployment, step, unwanted, detach }: StepTask): Promise<StepEnd> {
  const { plan } = deployment;
  const signal = AbortSignal.any([unwanted, detach, timeLimit(step.timeoutMs)]);
  const fetch = guardedFetch({ allow: plan.allow });
  const [dashboards, metrics] = await Promise.all([
    Promise.all(plan.monitoring.dashboards.map((url) => probeDashboard(url, fetch, signal))),
    namedProbes(plan, context.now, signal),
  ]);
  const outcome = unwanted.aborted ? movedOn : outcomeOf(dashboards, metrics);
  return { outcome, result: { dashboards, metrics } };
}

async function namedProbes(plan: Plan, now: () => string, signal: AbortSignal): Promise<readonly MetricProbe[]> {
  const reader = metricReaderOf(plan);
  let replies: readonly MetricProbe[] = [];
  for (let tries = 1; reader !== null; tries += 1) {
    replies = namedIn(plan, (await unlessAborted(signal, reader.probe(now()))) ?? replies);
    if (tries === mostTries || replies.every(isThere)) break;
    if (!(await pause(plan.monitoring.everyMs, true, { signal }).catch(() => false))) break;
  }
  return replies;
}

/** Null as soon as the signal ends the waiting. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function namedIn({ monitoring }: Plan, replies: readonly MetricProbe[]): readonly MetricProbe[] {
  return replies.filter(({ metric, quantile }) =>
    monitoring.metrics.some(
      (named) => named.metric === metric && (named.quantile === undefined || named.quantile === quantile),
    ),
  );
}

const isThere = ({ verdict }: MetricProbe): boolean => verdict === 'pass' || verdict === 'skipped';

function outcomeOf(dashboards: readonly DashboardProbe[], metrics: readonly MetricProbe[]): StepOutcome {
  const silent = dashboards.filter(({ ok }) => !ok).map(({ url, reason }) => `${url}: ${reason ?? 'no reply'}`);
  const noData = metrics
    .filter((reply) => !isThere(reply))
    .map((reply) => `${measureName(reply)}: ${reply.reason ?? 'no data'}`);
  const problems = [
    ...silent,
    ...noData,
    ...(dashboards.length + metrics.length === 0 ? ['the document names neither a dashboard nor a metric'] : []),
  ];
  return problems.length === 0 ? { status: 'succeeded' } : { status: 'failed', reason: problems.join('; ') };
}
