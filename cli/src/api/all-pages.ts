import type { AuditTrail, MetricSeries } from '@backstay/api-contract';
import type { Api } from './client.ts';

/** Every entry of an audit trail, page by page; it is intact when each page says so. */
export async function fullAuditTrail(
  api: Api,
  id: string,
  asOf?: string,
): Promise<Pick<AuditTrail, 'entries' | 'intact' | 'firstBroken'>> {
  const pages: AuditTrail[] = [];
  for await (const page of api.pages('getAuditTrail', { params: { id }, query: { asOf } })) pages.push(page);
  return {
    entries: pages.flatMap(({ entries }) => entries),
    intact: pages.every(({ intact }) => intact),
    firstBroken: pages.find(({ firstBroken }) => firstBroken !== null)?.firstBroken ?? null,
  };
}

/** Every metric with the samples of all pages. */
export async function allMeasurements(api: Api, id: string): Promise<readonly MetricSeries[]> {
  const all = new Map<string, MetricSeries>();
  for await (const { metrics } of api.pages('getMeasurements', { params: { id } })) metrics.forEach(add);
  return [...all.values()];

  function add(series: MetricSeries): void {
    const { metric, quantile, unit, windowMs } = series;
    const key = JSON.stringify([metric, quantile, unit, windowMs]);
    const samples = [...(all.get(key)?.samples ?? []), ...series.samples];
    all.set(key, { ...series, samples });
  }
}
