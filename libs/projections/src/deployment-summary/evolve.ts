import { checksItem, watchItem } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf, isDeploymentRecord, type DeploymentRecord, type FactOf, type FactType } from '../facts.ts';
import { counted } from '../words.ts';
import {
  sentenceOfFailedRollback,
  reasonOfRejection,
  sentenceOfRejection,
  sentenceOfRollback,
  sentenceOfStatus,
  sentenceOfSuccess,
} from './sentences.ts';
import {
  phaseOfStatus,
  type ActiveStatus,
  type Progress,
  type Status,
  type SummaryFold,
  type SummaryRow,
} from './summary.ts';

type Changes = { readonly [Type in FactType]?: (row: SummaryRow, event: FactOf<Type>) => SummaryRow };

/** Folds one event of a deployment's stream; null while the stream has not begun with a request. */
export function evolveSummary(row: SummaryRow | undefined, event: RecordedEvent): SummaryRow | null {
  if (row === undefined)
    return event.type === 'DeploymentRequested' ? requested(event as FactOf<'DeploymentRequested'>) : null;
  const seen = { ...row, streamVersion: event.version };
  return isDeploymentRecord(event) ? changed(seen, event) : seen;
}

function changed(row: SummaryRow, event: DeploymentRecord): SummaryRow {
  const late = row.finishedAt !== undefined;
  const table: Changes = late ? stepChanges : { ...stepChanges, ...courseChanges };
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

const folded = (row: SummaryRow, fold: Partial<SummaryFold>): SummaryRow => ({
  ...row,
  fold: { ...row.fold, ...fold },
});

const proven = (row: SummaryRow, proof: string): SummaryRow => folded(row, { proofs: [...row.fold.proofs, proof] });

/** A change that a conditional request must notice. */
const noticed = (row: SummaryRow, { version }: DeploymentRecord): SummaryRow => ({ ...row, statusVersion: version });

/** Goes on in `active`; a hold stays until it is released. */
function enter(row: SummaryRow, event: DeploymentRecord, active: ActiveStatus): SummaryRow {
  const next = folded(noticed(row, event), { active });
  if (row.held !== undefined) return { ...next, phase: phaseOfStatus(active) };
  return { ...next, status: active, phase: phaseOfStatus(active), sentence: sentenceOfStatus(active, next) };
}

function finish(
  row: SummaryRow,
  event: DeploymentRecord,
  status: Status,
  end: { at: string; reason?: string; sentence: string },
): SummaryRow {
  const { at, reason = row.reason, sentence } = end;
  return { ...noticed(row, event), status, held: undefined, finishedAt: at, reason, sentence };
}

type Told = Extract<DeploymentRecord, { data: { readonly reason: string; readonly at: string } }>;

const toldEnd =
  (status: Status, words: string) =>
  (row: SummaryRow, event: Told): SummaryRow => {
    const { reason, at } = event.data;
    return finish(row, event, status, { at, reason, sentence: `${words}: ${reason}` });
  };

const isDuringRollback = (id: string): boolean => id.startsWith('rollback.');

function progressed(row: SummaryRow): SummaryRow {
  const ofRollback = row.fold.done.filter(isDuringRollback).length;
  const count = (progress: Progress, done: number): Progress => ({ ...progress, done });
  const rollbackSteps = row.rollbackSteps && count(row.rollbackSteps, ofRollback);
  const done = row.kind === 'rollback' ? ofRollback : row.fold.done.length - ofRollback;
  return { ...row, steps: count(row.steps, done), ...(rollbackSteps === undefined ? {} : { rollbackSteps }) };
}

function stepDone(row: SummaryRow, step: string): SummaryRow {
  if (row.fold.done.includes(step)) return row;
  return progressed(folded(row, { done: [...row.fold.done, step] }));
}

const optionalOf = (steps: readonly { id: string; onFailure: string }[]): string[] =>
  steps.filter(({ onFailure }) => onFailure === 'continue').map(({ id }) => id);

const stepChanges: Changes = {
  StepSucceeded: (row, { data }) => stepDone(row, data.step),
  StepSkipped: (row, { data }) => stepDone(row, data.step),
  StepFailed: (row, { data: { step, willRetryAt } }) =>
    willRetryAt === null && row.fold.optional.includes(step) ? stepDone(row, step) : row,
};

const courseChanges: Changes = {
  PlanDrafted: (row, event) => {
    const { plan, digest } = event.data;
    const { service, version, environment, steps } = plan;
    const total = row.kind === 'rollback' ? 0 : steps.length;
    const next = {
      ...noticed(row, event),
      service,
      version,
      environment,
      planDigest: digest,
      steps: { done: 0, total },
    };
    return folded(next, { optional: optionalOf(steps) });
  },
  PreflightRequested: (row, { data }) => ({ ...row, previousVersion: data.running?.version ?? null }),
  DeploymentPlanned: (row, event) =>
    enter({ ...row, previousVersion: event.data.previous?.version ?? null }, event, 'executing'),
  DeploymentHeld: (row, event) => {
    const { why, code, duty, step, until } = event.data;
    return { ...noticed(row, event), status: 'held', held: { why, code, duty, step, until }, sentence: `held: ${why}` };
  },
  DeploymentReleased: (row, event) => enter({ ...row, held: undefined }, event, row.fold.active),
  StepConfirmed: noticed,
  StepResolved: (row, event) => {
    const { step, outcome, by, reason } = event.data;
    const next = noticed(row, event);
    if (outcome === 'retry') return next;
    if (step === checksItem || step === watchItem)
      return outcome === 'completed' ? proven(next, `${by} took the ${step} as good enough: ${reason}`) : next;
    return outcome === 'completed' || row.fold.optional.includes(step) ? stepDone(next, step) : next;
  },
  ExecutionCompleted: (row, event) => enter(row, event, 'verifying'),
  VerificationPassed: (row, event) => {
    const { smokeTests, healthChecks } = event.data;
    const proof = `${counted(smokeTests, 'smoke test')} and ${counted(healthChecks, 'health check')} passed`;
    return enter(smokeTests + healthChecks > 0 ? proven(row, proof) : row, event, 'monitoring');
  },
  MonitoringPassed: (row, { data }) => {
    const good = data.metrics.filter(({ verdict }) => verdict === 'pass').length;
    return proven(row, `${counted(good, 'metric')} stayed within the limits`);
  },
  RollbackTriggered: (row, event) => {
    if (row.fold.active === 'planning') return row;
    return enter({ ...row, held: undefined, reason: event.data.reason }, event, 'rolling-back');
  },
  RollbackPlanned: (row, { data }) => {
    const total = data.steps.length;
    const counts = {
      rollbackSteps: { done: 0, total },
      ...(row.kind === 'rollback' ? { steps: { done: 0, total } } : {}),
    };
    return folded({ ...row, ...counts }, { optional: [...row.fold.optional, ...optionalOf(data.steps)] });
  },
  DeploymentSucceeded: (row, event) =>
    finish(row, event, 'succeeded', { at: event.data.at, sentence: sentenceOfSuccess(row) }),
  DeploymentRejected: (row, event) => {
    const reason = reasonOfRejection(event.data);
    return finish(row, event, 'rejected', { at: event.data.at, reason, sentence: sentenceOfRejection(event.data) });
  },
  DeploymentFailed: toldEnd('failed', 'failed before anything was changed'),
  DeploymentCancelled: toldEnd('cancelled', 'cancelled'),
  DeploymentSuperseded: (row, event) => {
    const { by, reason, at } = event.data;
    return finish(row, event, 'superseded', { at, reason, sentence: `superseded by deployment ${by}: ${reason}` });
  },
  DeploymentAbandoned: toldEnd('abandoned', 'abandoned'),
  DeploymentRolledBack: (row, event) => {
    const { verified, reason, at } = event.data;
    const status = verified ? 'rolled-back-verified' : 'rolled-back-unverified';
    return finish(row, event, status, { at, reason, sentence: sentenceOfRollback(event.data) });
  },
  RollbackFailed: (row, event) => {
    const { reason, at } = event.data;
    return finish(row, event, 'rollback-failed', {
      at,
      reason,
      sentence: sentenceOfFailedRollback(event.data, row.reason),
    });
  },
  DeploymentHalted: toldEnd('halted', 'halted'),
};
