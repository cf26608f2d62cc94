import type { Api } from '../api/client.ts';
import type { AuditEntry, MetricSeries, Summary, Why } from '../api/shapes.ts';
import { exitCodeOfStatus } from '../exit-codes.ts';
import { progressOf, type Progress } from './progress.ts';

/** All that a view of one deployment shows, as the platform told it at one moment. */
export interface Snapshot {
  readonly summary: Summary;
  readonly entries: readonly AuditEntry[];
  readonly progress: Progress;
  readonly metrics: readonly MetricSeries[];
  /** Only when something went wrong. */
  readonly why: Why | null;
}

export const pathOf = (id: string): string => `/v1/deployments/${encodeURIComponent(id)}`;

export const hasEnded = ({ status }: Pick<Summary, 'status'>): boolean => exitCodeOfStatus(status) !== null;

/** @throws Failure */
export async function takeSnapshot(api: Api, id: string): Promise<Snapshot> {
  const path = pathOf(id);
  // The summary first: what ended is then never shown without the facts that ended it.
  const summary = await api.get<Summary>(path);
  const [{ entries }, metrics, why] = await Promise.all([
    api.get<{ entries: AuditEntry[] }>(`${path}/audit-trail`),
    isWatched(summary) ? metricsOf(api, path) : [],
    wentWrong(summary) ? api.get<Why | null>(`${path}/why`) : null,
  ]);
  return { summary, entries, progress: progressOf(entries), metrics, why };
}

const isWatched = ({ phase }: Summary): boolean => phase === 'monitoring' || phase === 'rollback';

const wentWrong = ({ status }: Summary): boolean => status === 'rolling-back' || (exitCodeOfStatus(status) ?? 0) !== 0;

async function metricsOf(api: Api, path: string): Promise<MetricSeries[]> {
  return (await api.get<{ metrics: MetricSeries[] }>(`${path}/measurements`)).metrics;
}
