import type { Plan } from '../plan/plan.ts';
import { countsRequests, lineOfRequestRate, readingFlows, trafficFlows } from '../plan/traffic.ts';
import { parseDocument } from '../reading/parse.ts';
import { counted, duration } from '../values/figures.ts';
import { isProduction } from '../values/environments.ts';
import { makePlan } from './make-plan.ts';

/** What the watch does while nobody uses the service; null where it is not watched. */
export function withoutTraffic(plan: Plan): string | null {
  const { monitoring, rollback } = plan;
  if (monitoring.watchMs <= 0) return null;
  if (monitoring.watchedBy === 'checks') return 'the checks are repeated instead of metrics';
  if (monitoring.metrics.length === 0 && !rollback.triggers.some(({ rule }) => rule.kind === 'alert')) return null;
  const flows = trafficFlows(plan);
  if (flows.length === 0) return `${whyNoTraffic(plan)}; ${withoutData(plan)}`;
  const named = `${counted(flows.length, 'smoke test')} of ${plan.smokeTests.length}`;
  return `${named} (${flows.map(({ title }) => title).join(', ')}) as traffic; where there is still no data, ${withoutData(plan)}`;
}

function whyNoTraffic(plan: Plan): string {
  const { monitoring, smokeTests, environment } = plan;
  const line = lineOfRequestRate(plan);
  if (smokeTests.length === 0) return 'no smoke test that could be traffic';
  if (line !== undefined) return `no traffic of its own, for line ${line} limits the request rate`;
  if (!countsRequests(monitoring)) return 'no metric rests on requests';
  if (isProduction(environment)) return 'no traffic of its own in production without `Traffic from smoke tests: yes`';
  return readingFlows(smokeTests).length === 0
    ? 'no smoke test only reads, and others are traffic with `Traffic from smoke tests: yes` alone'
    : 'no traffic of its own (`Traffic from smoke tests: no`)';
}

/** Silence alone takes nothing back unless the document says so. */
function withoutData({ monitoring, rollback }: Plan): string {
  const { onNoData, thresholds, mode } = monitoring;
  if (mode === 'shadow') return 'that is recorded (shadow mode)';
  const decides =
    thresholds.some(({ action }) => action === 'rollback') ||
    rollback.triggers.some(
      ({ rule, mode: own }) => own === 'active' && ['limit', 'alert', 'degradation'].includes(rule.kind),
    );
  const after = decides ? `after ${duration(onNoData.waitMs)} without data` : 'at the end of the watch';
  return onNoData.then === 'fail'
    ? `it is rolled back ${after} (\`On no data\`)`
    : `${onNoData.then.slice('ask:'.length)} is asked ${after}, and nothing is rolled back`;
}

/** The same of a document alone, for each environment that it is for; nothing where it has no plan or no watch. */
export function silenceLines(text: string): string[] {
  const parsed = parseDocument(text);
  if (!parsed.ok) return [];
  const { document } = parsed;
  const { environments } = document.scope;
  return environments.flatMap((environment) => {
    const planned = makePlan(document, { environment, digest: () => '' });
    const sentence = planned.ok ? withoutTraffic(planned.plan) : null;
    return sentence === null ? [] : [`without traffic in ${environment}: ${sentence}`];
  });
}
