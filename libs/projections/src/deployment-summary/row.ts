import type { Ending } from '@backstay/deployment';
import type { DeploymentRecord } from '../events.ts';
import { sentenceInSummary, sentenceOfStatus } from '../sentences.ts';
import { phaseOfStatus, type ActiveStatus, type Progress, type SummaryFold, type SummaryState } from './summary.ts';

export const folded = (row: SummaryState, fold: Partial<SummaryFold>): SummaryState => ({
  ...row,
  fold: { ...row.fold, ...fold },
});

export const withProof = (row: SummaryState, proof: string): SummaryState =>
  folded(row, { proofs: [...row.fold.proofs, proof] });

/** A change that a conditional request must notice. */
export const noticed = (row: SummaryState, { version }: DeploymentRecord): SummaryState => ({
  ...row,
  statusVersion: version,
});

/** Goes on in `active`; a hold stays until it is released. */
export function enter(row: SummaryState, event: DeploymentRecord, active: ActiveStatus): SummaryState {
  const next = folded(noticed(row, event), { active });
  if (row.held !== undefined) return { ...next, phase: phaseOfStatus(active) };
  return { ...next, status: active, phase: phaseOfStatus(active), sentence: sentenceOfStatus(active, next) };
}

/** Ends with this event, in what it says; `at` is the time of the end. */
export function finish(row: SummaryState, event: DeploymentRecord, status: Ending): SummaryState {
  const { data } = event;
  return {
    ...noticed(row, event),
    status,
    held: undefined,
    finishedAt: 'at' in data ? data.at : event.time,
    reason: 'reason' in data ? (data.reason ?? undefined) : row.reason,
    sentence: sentenceInSummary(event, row),
  };
}

const isDuringRollback = (id: string): boolean => id.startsWith('rollback.');

function progressed(row: SummaryState): SummaryState {
  const ofRollback = row.fold.done.filter(isDuringRollback).length;
  const count = (progress: Progress, done: number): Progress => ({ ...progress, done });
  const rollbackSteps = row.rollbackSteps && count(row.rollbackSteps, ofRollback);
  const done = row.kind === 'rollback' ? ofRollback : row.fold.done.length - ofRollback;
  return { ...row, steps: count(row.steps, done), ...(rollbackSteps === undefined ? {} : { rollbackSteps }) };
}

export function stepDone(row: SummaryState, step: string): SummaryState {
  if (row.fold.done.includes(step)) return row;
  return progressed(folded(row, { done: [...row.fold.done, step] }));
}

export const optionalOf = (steps: readonly { id: string; onFailure: string }[]): string[] =>
  steps.filter(({ onFailure }) => onFailure === 'continue').map(({ id }) => id);
