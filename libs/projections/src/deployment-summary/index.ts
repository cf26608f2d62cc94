import type { Projection, RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf } from '../facts.ts';
import { evolveSummary } from './evolve.ts';
import { publicSummary, type DeploymentSummary, type SummaryRow } from './summary.ts';

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

/** Where is each deployment? One row per deployment; `publicSummary` gives what the outside sees of it. */
export const deploymentSummary: Projection<SummaryRow> = {
  name: 'deployment-summary',
  keys: (event) => {
    const id = deploymentOf(event);
    return id === null ? [] : [id];
  },
  evolve: evolveSummary,
};

/** Where is this deployment? From its stream, or from a prefix of it; null when there is none. */
export function summaryOf(events: readonly RecordedEvent[]): DeploymentSummary | null {
  const row = events.reduce<SummaryRow | undefined>((so, event) => evolveSummary(so, event) ?? undefined, undefined);
  return row === undefined ? null : publicSummary(row);
}
