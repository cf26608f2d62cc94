import { allOf, type DeploymentRecord, type FactOf } from './facts.ts';

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

export const overridesIn = (facts: readonly DeploymentRecord[]): readonly OverrideView[] =>
  allOf(facts, 'FindingOverridden').map(overrideView);

export function overrideView({ id, data }: FactOf<'FindingOverridden'>): OverrideView {
  const { code, subject, message, reason, by } = data;
  return { eventId: id, code, subject, message, reason, by };
}

/** "unknown-running (what runs: deployment d9 ended half way) was overridden by robin: looked at it" */
export const overrideText = ({ code, subject, message, reason, by }: Omit<OverrideView, 'eventId'>): string =>
  `${code} (${subject}: ${message}) was overridden by ${by}: ${reason}`;

/** The sentence on a deployment, with what it was let pass in spite of. */
export function withOverrides(sentence: string, overrides: readonly OverrideView[] = []): string {
  const told = overrides.map(({ code, by, reason }) => `in spite of ${code}, overridden by ${by}: ${reason}`);
  return [sentence, ...told].join('; ');
}
