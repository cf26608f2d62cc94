import { kindOf, type Step } from '@backstay/document';
import { quantity } from '@backstay/document';
import { deriveRollback } from './rollback-steps.ts';
import type { Drafted, Run } from './state.ts';
import { skipReason } from './steps.ts';
import type { RestoreOutlook, StepRecord } from './values.ts';

type Restorable = Pick<Run, 'steps' | 'rollbackPoint'> & { readonly drafted: Drafted | null };

/** The backups that a rollback at this moment, ISO 8601, would put back; empty where it restores none. */
export function restoresOf({ drafted, steps: records, rollbackPoint }: Restorable, at: string): RestoreOutlook[] {
  if (drafted === null) return [];
  const { dataLossMs: accepted } = drafted.plan.rollback;
  return deriveRollback(drafted.plan, records, rollbackPoint)
    .filter((step) => skipReason({ drafted }, step) === null)
    .flatMap((step) => outlookOf(step, records, accepted, at));
}

function outlookOf(
  { id, action }: Step,
  records: Readonly<Record<string, StepRecord>>,
  accepted: number | null,
  at: string,
): RestoreOutlook[] {
  const restored = kindOf(action).restores(action);
  if (restored === undefined) return [];
  const takenAt = takenAtOf(records[restored.step]?.result ?? {});
  // A step that has recorded no backup is refused when it is next.
  if (takenAt === undefined) return [];
  const dataLossMs = Math.max(0, Date.parse(at) - Date.parse(takenAt));
  return [{ step: id, backup: restored.step, takenAt, dataLossMs, acceptedMs: restored.dataLossMs ?? accepted }];
}

/** The earliest of the files that one backup consists of. */
function takenAtOf({ files }: StepRecord['result']): string | undefined {
  const all = Array.isArray(files) ? (files as readonly { readonly takenAt?: unknown }[]) : [];
  const times = all.map(({ takenAt }) => takenAt).filter((time) => typeof time === 'string');
  return times.sort()[0];
}

/** Why a rollback that restores these must not begin; null: what would be lost is accepted. */
export function refusalOfRestores(restores: readonly RestoreOutlook[]): string | null {
  // What cannot be reckoned is not accepted either.
  const beyond = restores.filter(({ dataLossMs, acceptedMs }) => acceptedMs === null || !(dataLossMs <= acceptedMs));
  if (beyond.length === 0) return null;
  return `it would restore ${beyond.map(describeRestore).join(', and ')}: more than is accepted, so nothing is taken back and a person must decide`;
}

/** "the backup of pre.1 from 2026-11-23T13:40:00.000Z, with the loss of all writes since (9 min; accepted are 15 min)" */
export function describeRestore({ backup, takenAt, dataLossMs, acceptedMs }: RestoreOutlook): string {
  const accepted = acceptedMs === null ? 'nothing is accepted' : `accepted are ${quantity(acceptedMs, 'ms')}`;
  return `the backup of ${backup} from ${takenAt}, with the loss of all writes since (${quantity(dataLossMs, 'ms')}; ${accepted})`;
}
