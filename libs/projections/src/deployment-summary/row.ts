import type { Ending } from '@backstay/deployment';
import type { DeploymentRecord } from '../facts.ts';
import { sentenceInSummary, sentenceOfStatus } from '../sentences.ts';
import { phaseOfStatus, type ActiveStatus, type Progress, type SummaryFold, type SummaryRow } from './summary.ts';

export const folded = (row: SummaryRow, fold: Partial<SummaryFold>): SummaryRow => ({
  ...row,
  fold: { ...row.fold, ...fold },
});

export const proven = (row: SummaryRow, proof: string): SummaryRow =>
  folded(row, { proofs: [...row.fold.proofs, proof] });

/** A change that a conditional request must notice. */
export const noticed = (row: SummaryRow, { version }: DeploymentRecord): SummaryRow => ({
  ...row,
  statusVersion: version,
});

/** Goes on in `active`; a hold stays until it is released. */
export function enter(row: SummaryRow, event: DeploymentRecord, active: ActiveStatus): SummaryRow {
  const next = folded(noticed(row, event), { active });
  if (row.held !== undefined) return { ...next, phase: phaseOfStatus(active) };
  return { ...next, status: active, phase: phaseOfStatus(active), sentence: sentenceOfStatus(active, next) };
}

/** Ends with this event, in what it says; `at` is the time of the end. */
export function finish(row: SummaryRow, event: DeploymentRecord, status: Ending): SummaryRow {
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

function progressed(row: SummaryRow): SummaryRow {
  const ofRollback = row.fold.done.filter(isDuringRollback).length;
  const count = (progress: Progress, done: number): Progress => ({ ...progress, done });
  const rollbackSteps = row.rollbackSteps && count(row.rollbackSteps, ofRollback);
  const done = row.kind === 'rollback' ? ofRollback : row.fold.done.length - ofRollback;
  return { ...row, steps: count(row.steps, done), ...(rollbackSteps === undefined ? {} : { rollbackSteps }) };
}

export function stepDone(row: SummaryRow, step: string): SummaryRow {
  if (row.fold.done.includes(step)) return row;
  return progressed(folded(row, { done: [...row.fold.done, step] }));
}

export const optionalOf = (steps: readonly { id: string; onFailure: string }[]): string[] =>
  steps.filter(({ onFailure }) => onFailure === 'continue').map(({ id }) => id);
