import { measureName, type DeploymentCommand, type EffectOf, type StepOutcome } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import type { Readers } from '../readers.ts';
import { endOf, runningOf, unlessEnded, type Context } from '../running.ts';
import { Detached } from '@backstay/service-kit';
import { fetchFor } from '../telemetry-fetch.ts';
import type { MetricAnswer, MetricReader } from '@backstay/telemetry';
import type { Ticker } from '../watch/ticker.ts';
import { probeDashboard, type DashboardAnswer } from './probe-dashboard.ts';

type Complete = Extract<DeploymentCommand, { type: 'CompleteStep' }>;

/** A process that was just restarted may not publish everything at once. */
const mostTries = 3;

/** Every dashboard answers and every named metric is published. */
export async function verifyDashboards(
  readers: Readers,
  ticker: Ticker,
  { step, attempt }: EffectOf<'perform-step'>,
  context: Context,
): Promise<readonly DeploymentCommand[]> {
  const { plan } = runningOf(context.state).drafted;
  const timeout = AbortSignal.timeout(step.timeoutMs);
  const signal = AbortSignal.any([endOf(context), timeout]);
  const fetch = fetchFor(plan);
  const [dashboards, metrics] = await Promise.all([
    Promise.all(plan.monitoring.dashboards.map((url) => probeDashboard(url, fetch, signal))),
    namedAnswers(
      plan,
      readers.of(context.id, plan),
      ticker.ticks({ everyMs: plan.monitoring.everyMs, from: context.now(), signal }),
      signal,
    ),
  ]);
  if (context.detach.aborted) throw new Detached('the lease is lost or the service drains');
  const outcome: StepOutcome = context.unwanted.aborted
    ? { status: 'interrupted', reason: 'the deployment moved on' }
    : outcomeOf(dashboards, metrics);
  return [completed(context, step.id, attempt, outcome, { dashboards, metrics })];
}

export function completed(
  { token, host, now }: Context,
  step: string,
  attempt: number,
  outcome: StepOutcome,
  result: Readonly<Record<string, unknown>> = {},
): Complete {
  return { type: 'CompleteStep', step, attempt, outcome, result, token, host, at: now() };
}

async function namedAnswers(
  plan: Plan,
  reader: MetricReader | null,
  ticks: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<readonly MetricAnswer[]> {
  if (reader === null) return [];
  let answers: readonly MetricAnswer[] = [];
  let tries = 0;
  for await (const time of ticks) {
    answers = namedIn(plan, (await unlessEnded(signal, reader.probe(time))) ?? answers);
    tries += 1;
    if (tries === mostTries || answers.every(isThere)) break;
  }
  return answers;
}

function namedIn({ monitoring }: Plan, answers: readonly MetricAnswer[]): readonly MetricAnswer[] {
  return answers.filter(({ metric, quantile }) =>
    monitoring.metrics.some(
      (named) => named.metric === metric && (named.quantile === undefined || named.quantile === quantile),
    ),
  );
}

const isThere = ({ verdict }: MetricAnswer): boolean => verdict === 'pass' || verdict === 'skipped';

function outcomeOf(dashboards: readonly DashboardAnswer[], metrics: readonly MetricAnswer[]): StepOutcome {
  const silent = dashboards.filter(({ ok }) => !ok).map(({ url, reason }) => `${url}: ${reason ?? 'no answer'}`);
  const dark = metrics
    .filter((answer) => !isThere(answer))
    .map((answer) => `${measureName(answer)}: ${answer.reason ?? 'no data'}`);
  const problems = [
    ...silent,
    ...dark,
    ...(dashboards.length + metrics.length === 0 ? ['the document names neither a dashboard nor a metric'] : []),
  ];
  return problems.length === 0 ? { status: 'succeeded' } : { status: 'failed', reason: problems.join('; ') };
}
