import type { Projection, RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf } from '../events.ts';
import { evolveSummary, isRequest } from './evolve.ts';
import {
  rowOf,
  stateOf,
  summaryOfState,
  type DeploymentSummary,
  type SummaryRow,
  type SummaryState,
} from './summary.ts';

export {
  isOver,
  publicSummary,
  type ActiveStatus,
  type DeploymentSummary,
  type HeldFor,
  type Progress,
  type RollbackTimes,
  type Status,
  type SummaryRow,
} from './summary.ts';

/**
 * Where is each deployment? One row per deployment, as it is returned beside `fold`. The request for a rollback of one that has
 * ended also touches the row of that one, whose own stream will not say that it was taken back.
 */
export const deploymentSummary: Projection<SummaryRow> = {
  name: 'deployment-summary',
  keys: (event) => {
    const id = deploymentOf(event);
    if (id === null) return [];
    const rolledBack = isRequest(event) ? event.data.of : null;
    return rolledBack === null ? [id] : [id, rolledBack];
  },
  evolve: (row, event, key) => {
    if (key !== deploymentOf(event)) return row === undefined ? null : withRollback(row);
    const state = evolveSummary(row && stateOf(row), event);
    return state && rowOf(state);
  },
};

const withRollback = (row: SummaryRow): SummaryRow => ({ ...row, fold: { ...row.fold, complete: false } });

/** Where is this deployment? From its stream, or from a prefix of it; null when there is none. */
export function summaryOf(events: readonly RecordedEvent[]): DeploymentSummary | null {
  const state = events.reduce<SummaryState | undefined>(
    (row, event) => evolveSummary(row, event) ?? undefined,
    undefined,
  );
  return state === undefined ? null : summaryOfState(state);
}
