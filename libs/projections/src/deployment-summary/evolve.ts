import { endingOf } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf, isDeploymentRecord, type DeploymentRecord, type RecordOf } from '../events.ts';
import { whoActed } from '../who.ts';
import { progressChanges, stepChanges, type Changes } from './changes.ts';
import { namedIn } from './named.ts';
import { sentenceOfStatus } from '../sentences.ts';
import { finish } from './row.ts';
import type { SummaryState } from './summary.ts';

/** Folds one event of a deployment's stream; null while the stream has not begun with a request. */
export function evolveSummary(row: SummaryState | undefined, event: RecordedEvent): SummaryState | null {
  if (row === undefined) return isRequest(event) ? requested(event) : null;
  const seen = { ...row, streamVersion: event.version };
  return isDeploymentRecord(event) ? changed(seen, event) : seen;
}

export function isRequest(event: RecordedEvent): event is RecordedEvent & RecordOf<'DeploymentRequested'> {
  return isDeploymentRecord(event) && event.type === 'DeploymentRequested';
}

const allChanges: Changes = { ...stepChanges, ...progressChanges };

function changed(row: SummaryState, event: DeploymentRecord): SummaryState {
  if (row.finishedAt !== undefined) return withChange(stepChanges, row, event);
  const next = withChange(allChanges, row, event);
  const ending = endingOf(event);
  return ending === null ? next : finish(next, event, ending);
}

function withChange(table: Changes, row: SummaryState, event: DeploymentRecord): SummaryState {
  const change = table[event.type] as ((row: SummaryState, event: DeploymentRecord) => SummaryState) | undefined;
  return change === undefined ? row : change(row, event);
}

function requested(event: RecordOf<'DeploymentRequested'>): SummaryState {
  const { id, kind, of, request, invalid, at } = event.data;

  const row: SummaryState = {
    id,
    service: null,
    version: request.version ?? null,
    previousVersion: null,
    environment: request.environment ?? null,
    kind,
    ...(of === null ? {} : { of }),
    status: 'planning',
    phase: 'planning',
    streamVersion: event.version,
    statusVersion: event.version,
    requestedAt: at,
    requestedBy: whoActed(event),
    planDigest: null,
    steps: { done: 0, total: 0 },
    sentence: '',
    fold: { active: 'planning', done: [], optional: [], proofs: [], named: namedIn(request), complete: true },
  };
  const begun = { ...row, id: deploymentOf(event) ?? id };
  if (invalid === true) return { ...begun, status: 'rejected', sentence: 'rejected: the request has problems' };
  return { ...begun, sentence: sentenceOfStatus('planning', row) };
}
