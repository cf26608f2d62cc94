import { overridableCodes, type Problem } from '@backstay/document';
import { allOf, lastOf, type DeploymentRecord, type RecordOf } from './events.ts';

/** A finding of the preflight that a request let pass with a reason, as the profile allows. */
export interface OverrideView {
  readonly eventId: string;
  readonly code: string;
  /** What was looked at. */
  readonly subject: string;
  /** What was found. */
  readonly message: string;
  readonly reason: string;
  readonly by: string;
}

export const overridesIn = (records: readonly DeploymentRecord[]): readonly OverrideView[] =>
  allOf(records, 'FindingOverridden').map(overrideView);

export function overrideView({ id, data }: RecordOf<'FindingOverridden'>): OverrideView {
  const { code, subject, message, reason, by } = data;
  return { eventId: id, code, subject, message, reason, by };
}

/** "unknown-running (what runs: deployment d9 ended half way) was overridden by robin: looked at it" */
export const overrideText = ({ code, subject, message, reason, by }: Omit<OverrideView, 'eventId'>): string =>
  `${code} (${subject}: ${message}) was overridden by ${by}: ${reason}`;

/** The sentence on a deployment, with what it was let pass in spite of; of one code there may be several findings. */
export function withOverrides(sentence: string, overrides: readonly OverrideView[] = []): string {
  const text = overrides.map(({ code, by, reason }) => `in spite of ${code}, overridden by ${by}: ${reason}`);
  return [sentence, ...new Set(text)].join('; ');
}

/** A reason for a rejection, with what lets the next request pass in spite of it; absent: nothing does. */
export interface RejectedFor extends Problem {
  readonly override?: string;
}

/** Of what the preflight found, what may be overridden here, and what the profile might allow. Who takes back overrides nothing. */
export function problemsOf(
  { data: { because, problems } }: RecordOf<'DeploymentRejected'>,
  records: readonly DeploymentRecord[],
): readonly RejectedFor[] {
  const plan = lastOf(records, 'PlanDrafted')?.data.plan;
  const isRollback = lastOf(records, 'DeploymentRequested')?.data.kind === 'rollback';
  if (because !== 'preflight' || plan === undefined || isRollback) return problems;
  return problems.map((problem) =>
    overridableCodes.includes(problem.code)
      ? { ...problem, override: wayPast(problem.code, plan.overridable ?? []) }
      : problem,
  );
}

const wayPast = (code: string, allowed: readonly string[]): string =>
  allowed.includes(code)
    ? `--override ${code}="why" lets it pass`
    : `\`overrides: [${code}]\` in the profile would allow --override ${code}="why"`;
