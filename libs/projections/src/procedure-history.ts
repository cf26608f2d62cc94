import { endingOf, isEndType, type DeploymentKind, type Ending } from '@backstay/deployment';
import type { Projection, RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf, isDeploymentRecord, type DeploymentRecord, type RecordOf } from './events.ts';

/** How a procedure went once: what criteria and blockers of other deployments of the service rest on. */
export interface ProcedureEntry {
  readonly service: string;
  readonly deployment: string;
  readonly kind: DeploymentKind;
  /** Of kind `rollback`: the deployment that it takes back. Absent in rows that were written before it was kept. */
  readonly of?: string;
  readonly version: string;
  readonly environment: string;
  readonly procedureDigest: string;
  /** null while it goes on. */
  readonly outcome: Ending | null;
  /** Checks passed on what runs now: on the new version, or on the one that was restored. */
  readonly verified: boolean;
  /** Of the event that ended it, else of the plan. */
  readonly at: string;
  readonly eventId: string;
  /** Duration of the rollback, where there was one. */
  readonly measuredMs: number | null;
  /** How long it was to take, where the document says so. */
  readonly estimatedMs?: number | null;
  /** Critical flows of the new version by the last result of each. */
  readonly smokeTestsPassed: number;
  readonly smokeTestsFailed: number;
  /** Evidence of it that was revoked and not given anew: then nothing rests on it any more. */
  readonly revoked?: readonly RevokedEvidence[];
}

export interface RevokedEvidence {
  readonly eventId: string;
  readonly line: number | null;
  readonly by: string;
  readonly reason: string;
  /** Absent in rows that were written before it was kept. */
  readonly at?: string;
}

/** The stored body; `flows` is what only the projection reads. */
export interface ProcedureRow extends ProcedureEntry {
  readonly flows: Readonly<Record<string, boolean>>;
  readonly healthChecks: number;
}

/**
 * How did this procedure go before? One row per deployment, with `service` (empty while there is no plan) and `at` to find and
 * order by: a terminal event does not name its service, so that a row per service could not be folded.
 */
export const procedureHistory: Projection<ProcedureRow> = {
  name: 'procedure-history',
  keys: (event) => {
    const id = deploymentOf(event);
    return id !== null && isDeploymentRecord(event) && isHeard(event.type) ? [id] : [];
  },
  evolve: (row, event) => (isDeploymentRecord(event) ? evolveProcedure(row, event) : (row ?? null)),
};

/** The entry that this stream amounts to; null while there is no plan. */
export function procedureEntryOf(events: readonly RecordedEvent[]): ProcedureEntry | null {
  const records = events.filter(isDeploymentRecord);
  return records.reduce<ProcedureRow | null>((row, record) => evolveProcedure(row ?? undefined, record), null);
}

/** What was known at that moment (ISO 8601) of how others went: what came later, also a revocation, is left out. */
export function knownAt(entries: readonly ProcedureEntry[], time: string): readonly ProcedureEntry[] {
  const isKnown = (at: string): boolean => Date.parse(at) <= Date.parse(time);
  return entries
    .filter(({ at }) => isKnown(at))
    .map((entry) =>
      entry.revoked === undefined
        ? entry
        : { ...entry, revoked: entry.revoked.filter(({ at }) => at === undefined || isKnown(at)) },
    );
}

const heard: readonly string[] = [
  'DeploymentRequested',
  'PlanDrafted',
  'SmokeTestPassed',
  'SmokeTestFailed',
  'VerificationPassed',
  'EvidenceRevoked',
  'CriterionConfirmed',
];
const isHeard = (type: string): boolean => isEndType(type) || heard.includes(type);

function evolveProcedure(row: ProcedureRow | undefined, event: DeploymentRecord): ProcedureRow | null {
  if (event.type === 'DeploymentRequested') return begun(event);
  if (row === undefined) return null;
  if (event.type === 'EvidenceRevoked' || event.type === 'CriterionConfirmed') return withRevoked(row, event);
  if (row.outcome !== null) return row;
  switch (event.type) {
    case 'PlanDrafted': {
      const { service, version, environment, procedureDigest } = event.data.plan;
      return { ...row, at: event.time, eventId: event.id, service, version, environment, procedureDigest };
    }
    case 'SmokeTestPassed':
    case 'SmokeTestFailed':
      return event.data.purpose === 'restoration' ? row : withFlow(row, event.data.title, event.data.passed);
    case 'VerificationPassed':
      return { ...row, healthChecks: event.data.healthChecks };
    default:
      return ended(row, event);
  }
}

function begun({ id, time, data }: Extract<DeploymentRecord, { type: 'DeploymentRequested' }>): ProcedureRow {
  const { version = '', environment = '' } = data.request;
  return {
    service: '',
    deployment: data.id,
    kind: data.kind,
    ...(data.of === null ? {} : { of: data.of }),
    version,
    environment,
    procedureDigest: '',
    outcome: null,
    verified: false,
    at: time,
    eventId: id,
    measuredMs: null,
    estimatedMs: null,
    smokeTestsPassed: 0,
    smokeTestsFailed: 0,
    flows: {},
    healthChecks: 0,
  };
}

/** A word that is given anew stands for the one that was revoked. */
function withRevoked(
  row: ProcedureRow,
  { type, data }: RecordOf<'EvidenceRevoked' | 'CriterionConfirmed'>,
): ProcedureRow {
  const { revoked = [] } = row;
  if (type === 'CriterionConfirmed') return { ...row, revoked: revoked.filter(({ line }) => line !== data.line) };
  const { evidence, by, reason, at } = data;
  return { ...row, revoked: [...revoked, { eventId: evidence.eventId, line: evidence.line, by, reason, at }] };
}

function withFlow(row: ProcedureRow, title: string, passed: boolean): ProcedureRow {
  const flows = { ...row.flows, [title]: passed };
  const smokeTestsPassed = Object.values(flows).filter(Boolean).length;
  return { ...row, flows, smokeTestsPassed, smokeTestsFailed: Object.keys(flows).length - smokeTestsPassed };
}

/** What nothing checked has succeeded, and is still not verified. */
function ended(row: ProcedureRow, event: DeploymentRecord): ProcedureRow {
  const outcome = endingOf(event);
  if (outcome === null) return row;
  const end = { ...row, at: event.time, eventId: event.id, outcome };
  if (event.type === 'DeploymentRolledBack') {
    const { verified, measuredMs, estimatedMs } = event.data;
    return { ...end, verified, measuredMs, estimatedMs };
  }
  return { ...end, verified: outcome === 'succeeded' && row.smokeTestsPassed + row.healthChecks > 0 };
}
