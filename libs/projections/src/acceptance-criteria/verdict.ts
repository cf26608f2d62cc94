import type { Evidenced } from '../events.ts';
import type { OverrideView } from '../overrides.ts';

/** `waiting`: may still be met; `unknown`: there is proof that nobody can judge, or it does not apply to a rollback. */
export type CriterionVerdict = 'met' | 'unmet' | 'waiting' | 'unknown';

export interface CriterionView {
  readonly text: string;
  readonly line: number;
  readonly verdict: CriterionVerdict;
  /** What proves it or, by name, what is missing. */
  readonly reason: string;
  readonly evidence: readonly Evidenced[];
}

export interface AcceptanceCriteria {
  readonly criteria: readonly CriterionView[];
  /** Findings in spite of which it was let pass: no proof of anything, and to be known beside the proofs. */
  readonly overrides: readonly OverrideView[];
}

/** A verdict before it is put beside its line. */
export type Judged = Pick<CriterionView, 'verdict' | 'reason' | 'evidence'>;

export const met = (reason: string, evidence: readonly Evidenced[] = []): Judged => ({
  verdict: 'met',
  reason,
  evidence,
});
export const unmet = (reason: string, evidence: readonly Evidenced[] = []): Judged => ({
  verdict: 'unmet',
  reason,
  evidence,
});
export const waiting = (reason: string, evidence: readonly Evidenced[] = []): Judged => ({
  verdict: 'waiting',
  reason,
  evidence,
});
export const unknown = (reason: string, evidence: readonly Evidenced[] = []): Judged => ({
  verdict: 'unknown',
  reason,
  evidence,
});

const severity: readonly CriterionVerdict[] = ['met', 'waiting', 'unknown', 'unmet'];

/** All must be met: the worst verdict, with the reasons of those that are no better and the evidence of all. */
export function allOfThem(judged: readonly Judged[]): Judged {
  const worst = Math.max(...judged.map(({ verdict }) => severity.indexOf(verdict)));
  const verdict = severity[worst] ?? 'unmet';
  const reason = judged.filter((each) => each.verdict === verdict).map((each) => each.reason);
  return { verdict, reason: [...new Set(reason)].join('; '), evidence: judged.flatMap(({ evidence }) => evidence) };
}
