import type { RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf, isDeploymentRecord, type DeploymentRecord, type FactOf } from '../facts.ts';
import { courseChanges, stepChanges, type Changes } from './changes.ts';
import { sentenceOfStatus } from './sentences.ts';
import type { SummaryRow } from './summary.ts';

/** Folds one event of a deployment's stream; null while the stream has not begun with a request. */
export function evolveSummary(row: SummaryRow | undefined, event: RecordedEvent): SummaryRow | null {
  if (row === undefined)
    return event.type === 'DeploymentRequested' ? requested(event as FactOf<'DeploymentRequested'>) : null;
  const seen = { ...row, streamVersion: event.version };
  return isDeploymentRecord(event) ? changed(seen, event) : seen;
}

const allChanges: Changes = { ...stepChanges, ...courseChanges };

function changed(row: SummaryRow, event: DeploymentRecord): SummaryRow {
  const late = row.finishedAt !== undefined;
  const table: Changes = late ? stepChanges : allChanges;
  const change = table[event.type] as ((row: SummaryRow, event: DeploymentRecord) => SummaryRow) | undefined;
  return change === undefined ? row : change(row, event);
}

function requested(event: FactOf<'DeploymentRequested'>): SummaryRow {
  const { id, kind, request, at } = event.data;
  const row: SummaryRow = {
    id,
    service: null,
    version: request.version ?? null,
    previousVersion: null,
    environment: request.environment ?? null,
    kind,
    status: 'planning',
    phase: 'planning',
    streamVersion: event.version,
    statusVersion: event.version,
    requestedAt: at,
    requestedBy: requester(event),
    planDigest: null,
    steps: { done: 0, total: 0 },
    sentence: '',
    fold: { active: 'planning', done: [], optional: [], proofs: [] },
  };
  return { ...row, id: deploymentOf(event) ?? id, sentence: sentenceOfStatus('planning', row) };
}

/** Whoever is authenticated stands for the request; a name that merely came with it is marked. */
function requester({ actor, data }: FactOf<'DeploymentRequested'>): string {
  if (actor.kind === 'person' && actor.claimed !== true) return actor.name;
  const { requestedBy } = data.request;
  if (requestedBy !== undefined) return `${requestedBy} (claimed)`;
  return actor.claimed === true ? `${actor.name} (claimed)` : actor.name;
}
