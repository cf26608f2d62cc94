import { kindOf, quantity, substituteKnown, type Plan, type Step } from '@backstay/document';
import { databaseOf, mayBeSame, type DatabaseIdentities } from './database-identity.ts';
import { deriveRollback } from './rollback-steps.ts';
import type { Drafted, Run } from './state.ts';
import { skipReason } from './steps.ts';
import type { NotRestored, RestoreOutlook, StepRecord } from './values.ts';

type Restorable = Pick<Run, 'steps' | 'rollbackPoint'> & { readonly drafted: Drafted | null };

/** The backups that a rollback puts back, and those that it leaves where they are. */
export interface PlannedRestores {
  readonly restores: readonly RestoreOutlook[];
  readonly notRestored: readonly NotRestored[];
}

/**
 * Which backups a rollback at this moment, ISO 8601, would put back. A database is put back only where something that is recorded
 * changed it since its backup, or may have: what began and whose end nobody knows counts as a change.
 *
 * @param identities of the URLs whose names stand for secrets, as far as the caller knows them
 */
export function planRestores(
  { drafted, steps: records, rollbackPoint }: Restorable,
  at: string,
  identities: DatabaseIdentities = new Map(),
): PlannedRestores {
  if (drafted === null) return { restores: [], notRestored: [] };
  const { plan } = drafted;
  const steps = deriveRollback(plan, records, rollbackPoint).filter((step) => skipReason({ drafted }, step) === null);
  const planned = steps.map((step, index) =>
    planRestore(step, steps.slice(0, index), { plan, records, at, identities }),
  );
  return {
    restores: planned.flatMap(({ restores }) => restores),
    notRestored: planned.flatMap(({ notRestored }) => notRestored),
  };
}

interface Known {
  readonly plan: Plan;
  readonly records: Readonly<Record<string, StepRecord>>;
  readonly at: string;
  readonly identities: DatabaseIdentities;
}

/** @param before the steps that the rollback performs before this one */
function planRestore({ id, action }: Step, before: readonly Step[], known: Known): PlannedRestores {
  const restored = kindOf(action).restores(action);
  if (restored === undefined) return { restores: [], notRestored: [] };
  const { step: backup, always, dataLossMs } = restored;
  const urls = urlsOf(known.plan, backup);
  const changed = always ? urls : changedOf(urls, changesSince(backup, before, known), known);
  const unchanged = urls.filter((url) => !changed.includes(url));
  const isComplete = unchanged.length === 0;
  const reason = `nothing that is recorded changed ${changed.length === 0 ? 'the database' : 'it'} since the backup of ${backup}`;
  const left = { step: id, backup, ...(changed.length === 0 ? {} : { databases: unchanged }), reason };
  if (urls.length > 0 && changed.length === 0) return { restores: [], notRestored: [left] };
  const acceptedMs = dataLossMs ?? known.plan.rollback.dataLossMs;
  const isMeant = (index: number) => isComplete || changed.includes(urls[index]!);
  const takenAt = takenAtOf(known.records[backup]?.result ?? {}, isMeant);
  const lossMs = takenAt === undefined ? 0 : Math.max(0, Date.parse(known.at) - Date.parse(takenAt));
  const outlook = { step: id, backup, dataLossMs: lossMs, acceptedMs, ...(isComplete ? {} : { databases: changed }) };
  return {
    // A step that has recorded no backup is refused when it is next.
    restores: takenAt === undefined ? [] : [{ ...outlook, takenAt }],
    notRestored: isComplete ? [] : [left],
  };
}

function urlsOf(plan: Plan, backup: string): readonly string[] {
  const action = plan.steps.find(({ id }) => id === backup)?.action;
  return action === undefined ? [] : kindOf(action).saves(action);
}

/** The databases that recorded steps changed since the backup, and those that the rollback changes before it restores; `any`: one of them. */
function changesSince(backup: string, before: readonly Step[], { plan, records }: Known): readonly string[] {
  const made = records[backup];
  const order = made?.status === 'succeeded' ? made.order : 0;
  const begun = plan.steps.filter(({ id }) => mayHaveActedSince(order, records[id]));
  return [...begun, ...before].flatMap(({ changesDatabase = [] }) => changesDatabase);
}

const settled: readonly StepRecord['status'][] = ['succeeded', 'failed'];

/** What began before may still have acted afterwards where nobody knows when it ended. */
function mayHaveActedSince(order: number, record: StepRecord | undefined): boolean {
  if (record === undefined || record.status === 'skipped') return false;
  return record.order > order || !settled.includes(record.status);
}

/** Of these databases those that are among the changed ones, or may be. */
function changedOf(
  urls: readonly string[],
  changes: readonly string[],
  { plan, identities }: Known,
): readonly string[] {
  if (changes.includes('any')) return urls;
  const values = new Map(plan.environmentVariables.map(({ name, value }) => [name, value]));
  const identityOf = (url: string) =>
    identities.get(url) ?? databaseOf(substituteKnown(url, (name) => values.get(name)));
  const isChanged = (url: string) =>
    changes.some((change) => change === url || mayBeSame(identityOf(change), identityOf(url)));
  return urls.filter(isChanged);
}

/** The earliest of the files that one backup consists of. */
function takenAtOf(result: StepRecord['result'], isMeant: (index: number) => boolean): string | undefined {
  const { files } = result;
  const all = Array.isArray(files) ? (files as readonly { readonly takenAt?: unknown }[]) : [];
  const times = all.filter((_, index) => isMeant(index)).map(({ takenAt }) => takenAt);
  return times.filter((time) => typeof time === 'string').toSorted()[0];
}

/** Why a step restores nothing at all; null: it restores something, or is none that would. */
export function leftAsItIs(notRestored: readonly NotRestored[], { id }: Pick<Step, 'id'>): string | null {
  return notRestored.find(({ step, databases }) => step === id && databases === undefined)?.reason ?? null;
}

/** Why a rollback that restores these must not begin; null: what would be lost is accepted. */
export function refusalOfRestores(restores: readonly RestoreOutlook[]): string | null {
  // What cannot be reckoned is not accepted either.
  const beyond = restores.filter(({ dataLossMs, acceptedMs }) => acceptedMs === null || !(dataLossMs <= acceptedMs));
  if (beyond.length === 0) return null;
  return `it would restore ${beyond.map(describeRestore).join(', and ')}: more than is accepted, so nothing is taken back and a person must decide`;
}

/** "the backup of pre.1 from 2026-11-23T13:40:00.000Z, with the loss of all writes since (9 min; accepted are 15 min)" */
export function describeRestore({ backup, takenAt, dataLossMs, acceptedMs, databases }: RestoreOutlook): string {
  const accepted = acceptedMs === null ? 'nothing is accepted' : `accepted are ${quantity(acceptedMs, 'ms')}`;
  const of = databases === undefined ? backup : `${databases.join(', ')} in ${backup}`;
  return `the backup of ${of} from ${takenAt}, with the loss of all writes since (${quantity(dataLossMs, 'ms')}; ${accepted})`;
}

/** "the backup of pre.1 is not restored: nothing that is recorded changed the database since the backup of pre.1" */
export function describeNotRestored({ backup, databases, reason }: NotRestored, ended = false): string {
  const of = databases === undefined ? backup : `${databases.join(', ')} in ${backup}`;
  return `the backup of ${of} ${ended ? 'was' : 'is'} not restored: ${reason}`;
}
