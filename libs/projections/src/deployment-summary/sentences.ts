import { quantity } from '@backstay/deployment';
import type { FactOf } from '../facts.ts';
import { counted } from '../words.ts';
import type { ActiveStatus, SummaryRow } from './summary.ts';

const target = ({ version, environment }: Pick<SummaryRow, 'version' | 'environment'>) =>
  `version ${version ?? 'of unknown number'}${environment === null ? '' : ` in ${environment}`}`;

/** What goes on in a status that is no end. */
export function sentenceOfStatus(status: ActiveStatus, row: SummaryRow): string {
  switch (status) {
    case 'planning':
      return 'its plan is being made and checked';
    case 'executing':
      return `the steps for ${target(row)} are being performed`;
    case 'verifying':
      return `${target(row)} is being checked`;
    case 'monitoring':
      return `${target(row)} was checked and is being watched`;
    case 'rolling-back':
      return `it is being rolled back because ${row.reason ?? 'it was asked for'}`;
  }
}

export function sentenceOfSuccess(row: SummaryRow): string {
  const proofs = row.fold.proofs.length === 0 ? ['nothing checked it'] : row.fold.proofs;
  return [`succeeded: version ${row.version} runs in ${row.environment}`, ...proofs].join('; ');
}

/** "rolled back because error rate was 9.8 % (…); version 1.1.0 was restored and verified in 3.2 s" */
export function sentenceOfRollback({
  reason,
  restored,
  verified,
  unverified,
  measuredMs,
}: FactOf<'DeploymentRolledBack'>['data']): string {
  const took = `in ${quantity(measuredMs, 'ms')}`;
  if (restored === null)
    return `rolled back because ${reason}; its steps were undone ${took}; not verified: ${unverified ?? 'unknown'}`;
  const back = `version ${restored.version} was restored`;
  const proof = verified ? `and verified ${took}` : `${took}, but not verified: ${unverified ?? 'unknown'}`;
  return `rolled back because ${reason}; ${back} ${proof}`;
}

export function sentenceOfFailedRollback(
  { reason, deviations }: FactOf<'RollbackFailed'>['data'],
  trigger?: string,
): string {
  const left = deviations.length === 0 ? '' : `; not put back: ${deviations.join(', ')}`;
  const because = trigger === undefined ? '' : ` that was triggered because ${trigger}`;
  return `the rollback${because} failed: ${reason}${left}`;
}

/** The first problem, and how many more there are; all of them stand in the event. */
export function reasonOfRejection({ problems, because }: FactOf<'DeploymentRejected'>['data']): string {
  const [first, ...others] = problems;
  if (first === undefined) return `the ${because} is not accepted`;
  const where = because === 'document' && first.of !== 'request' ? ` (line ${first.line})` : '';
  const more = others.length === 0 ? '' : `, and ${counted(others.length, 'more problem')}`;
  return `${first.message}${where}${more}`;
}

export const sentenceOfRejection = (data: FactOf<'DeploymentRejected'>['data']): string =>
  `rejected: ${reasonOfRejection(data)}`;
