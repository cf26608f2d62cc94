import { isProduction } from '../values/environments.ts';
import type { SmokeTest } from './checks.ts';
import type { Metric } from './monitoring.ts';
import type { Plan } from './plan.ts';

/** What says whether smoke tests can stand in for users. */
export type Served = Pick<Plan, 'environment' | 'smokeTests' | 'acceptanceCriteria'> & {
  readonly monitoring: Pick<Plan['monitoring'], 'metrics' | 'thresholds' | 'watchMs'>;
  readonly rollback: Pick<Plan['rollback'], 'triggers'>;
};

/** The smoke tests that run as steady load while nobody uses the service, in their order. */
export function trafficFlows({ monitoring, smokeTests }: Pick<Plan, 'monitoring' | 'smokeTests'>): SmokeTest[] {
  const { flows = [] } = monitoring.syntheticTraffic ?? {};
  return smokeTests.filter(({ number }) => flows.includes(number));
}

/** The same where the document says nothing of it: never in production, and only those that read. */
export function trafficByDefault(plan: Served): readonly SmokeTest[] {
  const none =
    isProduction(plan.environment) || lineOfRequestRate(plan) !== undefined || !countsRequests(plan.monitoring);
  return none ? [] : readingFlows(plan.smokeTests);
}

/** Whether a source reports for a metric how many requests it rests on: the value of a query may be anything. */
export const countsRequests = ({ metrics }: { readonly metrics: readonly Metric[] }): boolean =>
  metrics.some(({ metric, query }) => query === undefined && ['error-rate', 'response-time'].includes(metric));

/** A limit on the request rate says itself what no traffic means: load of one's own must neither break nor hide it. */
export function lineOfRequestRate({ monitoring, rollback, acceptanceCriteria }: Served): number | undefined {
  const lines = [
    ...monitoring.thresholds.map(({ metric, source }) => ({ metric, line: source.line })),
    ...rollback.triggers.flatMap(({ rule, source }) =>
      rule.kind === 'limit' ? [{ metric: rule.limit.metric, line: source.line }] : [],
    ),
    ...acceptanceCriteria.flatMap(({ rule, line }) =>
      rule.kind === 'limit' ? [{ metric: rule.limit.metric, line }] : [],
    ),
  ];
  return lines.find(({ metric }) => metric === 'request-rate')?.line;
}

const readingMethods = ['GET', 'HEAD', 'OPTIONS'];

/** Flows that change nothing, and take nothing from one that may. */
export function readingFlows(smokeTests: readonly SmokeTest[]): readonly SmokeTest[] {
  const left: SmokeTest[] = [];
  return smokeTests.filter((test) => {
    const reads = readingMethods.includes(test.request.method.toUpperCase()) && !left.some((from) => takes(test, from));
    if (!reads) left.push(test);
    return reads;
  });
}

function takes({ request, expect }: SmokeTest, { number, captures }: SmokeTest): boolean {
  const written = JSON.stringify([request, expect]);
  return [`smoke.${number}.`, ...Object.keys(captures).map((name) => `${name}}`)].some((name) =>
    written.includes(`\${${name}`),
  );
}
