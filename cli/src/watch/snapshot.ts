import type { Api } from '../api/client.ts';
import type { AuditEntry, MetricSeries, Deployment, Why } from '@backstay/api-contract';
import { fullAuditTrail, allMeasurements } from '../api/all-pages.ts';
import { exitCodeOfStatus } from '../exit-codes.ts';
import { progressOf, type Progress } from './progress.ts';

/** All that a view of one deployment shows, as the platform showed it at one time. */
export interface Snapshot {
  readonly summary: Deployment;
  readonly entries: readonly AuditEntry[];
  readonly progress: Progress;
  readonly metrics: readonly MetricSeries[];
  /** Only when something went wrong. */
  readonly why: Why | null;
}

export const hasEnded = ({ status }: Pick<Deployment, 'status'>): boolean => exitCodeOfStatus(status) !== null;

/** @throws Failure */
export async function takeSnapshot(api: Api, id: string): Promise<Snapshot> {
  const params = { id };
  // The summary first: what ended is then never shown without the events that ended it.
  const { body: summary } = await api.call('getDeployment', { params });
  const [{ entries }, metrics, why] = await Promise.all([
    fullAuditTrail(api, id),
    isWatched(summary) ? allMeasurements(api, id) : [],
    wentWrong(summary) ? api.call('getWhy', { params }) : null,
  ]);
  return { summary, entries, progress: progressOf(entries), metrics, why: why?.body ?? null };
}

/** Whether there are measurements to show. */
export const isWatched = ({ phase }: Pick<Deployment, 'phase'>): boolean =>
  phase === 'monitoring' || phase === 'rollback';

export const wentWrong = ({ status }: Pick<Deployment, 'status'>): boolean =>
  status === 'rolling-back' || (exitCodeOfStatus(status) ?? 0) !== 0;
