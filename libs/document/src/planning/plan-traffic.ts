import type { Monitoring } from '../plan/monitoring.ts';
import { countsRequests, lineOfRequestRate, trafficByDefault, type Served } from '../plan/traffic.ts';
import { placeOf } from '../reading/check-across.ts';
import type { Needs } from './needs.ts';

/**
 * The smoke tests that the watch runs as steady load where a service has no traffic: all of them where the document says so. Without
 * metrics the watch repeats the checks anyway.
 */
export function withTraffic(draft: Served & { readonly monitoring: Monitoring }, needs: Needs): Monitoring {
  const { monitoring, smokeTests } = draft;
  const stated = needs.document.monitoring.syntheticTraffic;
  if (stated === false) return monitoring;
  const against = reasonAgainst(draft);
  if (stated && against !== undefined) warn(against, needs);
  const flows = stated ? (against === undefined ? smokeTests : []) : trafficByDefault(draft);
  if (flows.length === 0) return monitoring;
  const syntheticTraffic = { flows: flows.map(({ number }) => number) };
  return stated
    ? { ...monitoring, syntheticTraffic }
    : { ...monitoring, syntheticTraffic, defaulted: [...(monitoring.defaulted ?? []), 'syntheticTraffic'] };
}

function reasonAgainst(draft: Served): string | undefined {
  if (draft.smokeTests.length === 0)
    return 'no smoke test is named: there is no flow to run; write one, or remove the line';
  const line = lineOfRequestRate(draft);
  if (line !== undefined)
    return `line ${line} limits the request rate, which is that of users: no flow runs as traffic; remove one of the lines`;
  return countsRequests(draft.monitoring)
    ? undefined
    : 'no metric counts requests, so that nobody knows whether there are any; name `Error rate` or `Response time`, or remove the line';
}

function warn(why: string, { document, warnings }: Needs): void {
  const place = placeOf(document.monitoring.trafficLine ?? 1, document);
  const message = `\`Traffic from smoke tests: yes\`: ${why}`;
  warnings.push({ ...place, severity: 'warning', code: 'no-traffic', message });
}
