import type { Deployment, DeploymentStatus, ProblemSlug } from '@backstay/api-contract';

/** What scripts branch on; none of these numbers ever gets another meaning. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  rolledBack: 3,
  rollbackFailed: 4,
  problems: 5,
  denied: 6,
  timedOut: 7,
  unreachable: 8,
  noDeployment: 9,
  tooSlow: 10,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ends: Readonly<Record<string, ExitCode>> = {
  succeeded: exitCodes.done,
  failed: exitCodes.failed,
  cancelled: exitCodes.failed,
  superseded: exitCodes.failed,
  abandoned: exitCodes.failed,
  'rolled-back-verified': exitCodes.rolledBack,
  'rolled-back-unverified': exitCodes.rollbackFailed,
  'rollback-failed': exitCodes.rollbackFailed,
  halted: exitCodes.rollbackFailed,
  rejected: exitCodes.denied,
} satisfies Partial<Record<DeploymentStatus, ExitCode>>;

/** The exit code of a deployment that has ended; null while it goes on. */
export const exitCodeOfStatus = (status: string): ExitCode | null => ends[status] ?? null;

/** As `exitCodeOfStatus`; a rehearsal that was rolled back because it is one, and verified, has succeeded. */
export function exitCodeOf({
  kind,
  status,
  rollback,
}: Pick<Deployment, 'kind' | 'status' | 'rollback'>): ExitCode | null {
  const rehearsed = kind === 'rehearsal' && rollback?.trigger === 'rehearsal' && status === 'rolled-back-verified';
  return rehearsed ? exitCodes.done : exitCodeOfStatus(status);
}

/** Kinds of problem that say more than their HTTP status: the last part of the problem's `type`. */
const refusals: Readonly<Partial<Record<string, ExitCode>>> = {
  'invalid-document': exitCodes.problems,
  'invalid-request': exitCodes.usage,
  'invalid-cursor': exitCodes.usage,
  'invalid-query': exitCodes.usage,
  'ambiguous-id': exitCodes.usage,
} satisfies Partial<Record<ProblemSlug, ExitCode>>;

/** The code of the problem where the deployment is unknown that the request names. */
const noDeployment = 'not-requested';

/** The exit code of a request that the platform refused with this status, this kind of problem and its code. */
export function exitCodeOfHttp(status: number, type = '', code = ''): ExitCode {
  if (status === 404 && code === noDeployment) return exitCodes.noDeployment;
  const known = refusals[type.split(/[#/]/).at(-1) ?? ''];
  if (known !== undefined) return known;
  if (status === 400 || status === 404) return exitCodes.usage;
  if (status === 502 || status === 503 || status === 504) return exitCodes.unreachable;
  return status >= 500 ? exitCodes.failed : exitCodes.denied;
}

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done or accepted; a rehearsal that was rolled back and verified',
  failed: 'failed, cancelled, superseded, abandoned, audit not intact, or an internal error',
  usage: 'usage',
  rolledBack: 'rolled back, verified',
  rollbackFailed: 'rolled back but not verified, rollback failed, or halted',
  problems: 'the document has problems',
  denied: 'rejected or denied; with plan --strict: something blocks it',
  timedOut: 'watch timed out or was interrupted',
  unreachable: 'platform not reachable',
  noDeployment: 'no such deployment',
  tooSlow: 'this machine is too slow for the demo',
};

export const exitCodeHelp = ['Exit codes:', ...Object.keys(exitCodes).map(lineOf)].join('\n');

function lineOf(name: string): string {
  const each = name as keyof typeof exitCodes;
  return `${String(exitCodes[each]).padStart(3)}  ${meanings[each]}`;
}
