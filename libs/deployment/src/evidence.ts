import { evidenceReadBy, sectionOf, type DocumentationLine, type Evidence, type Plan } from '@backstay/document';
import { isWatched } from './plan.ts';
import type { DeploymentState, Ended } from './state.ts';
import { nextStep } from './steps.ts';

/** A line of the document that asks for evidence of its own. */
export interface EvidenceLine {
  readonly line: number;
  readonly text: string;
  readonly evidence: Evidence;
}

/** The lines whose evidence no step and no watch reads; what history proves is read by nobody. */
export function evidenceLines(plan: Plan): readonly EvidenceLine[] {
  return [...criteria(plan), ...documentation(plan)].filter(({ evidence }) => !isReadElsewhere(plan, evidence));
}

function criteria({ acceptanceCriteria }: Plan): readonly EvidenceLine[] {
  return acceptanceCriteria.flatMap(({ line, text, rule }) =>
    rule.kind === 'evidence' ? [{ line, text, evidence: rule.evidence }] : [],
  );
}

/** Judged by the step that works through the section, where there is one. */
function documentation({ documentation: lines, steps }: Plan): readonly EvidenceLine[] {
  if (steps.some(({ action }) => sectionOf(action) === 'documentation')) return [];
  return lines.flatMap(({ text, proof, source }) =>
    proof.kind === 'evidence' ? [{ line: source.line, text, evidence: proof.evidence }] : [],
  );
}

function isReadElsewhere(plan: Plan, evidence: Evidence): boolean {
  if (evidence.reader === 'deployed-in' || evidence.reader === 'rollback-rehearsed') return true;
  if (isWatched(plan) && plan.monitoring.logs !== null && isSameEvidence(plan.monitoring.logs, evidence)) return true;
  return plan.steps.some(({ action }) => isSameEvidence(evidenceReadBy(action), evidence));
}

/** `(if …)` asks whether something changed, which the commit alone can show: other evidence that fails is a failure. */
export function mayNotApply({ optional, proof }: Pick<DocumentationLine, 'optional' | 'proof'>): boolean {
  return optional === true && proof.kind === 'evidence' && proof.evidence.reader === 'commit-touches';
}

/** The same kind of proof of the same thing. */
export function isSameEvidence(a: Evidence | undefined, b: Evidence): boolean {
  return a !== undefined && canonical(a) === canonical(b);
}

const canonical = (evidence: Evidence): string =>
  JSON.stringify(Object.entries(evidence).sort(([one], [other]) => (one < other ? -1 : 1)));

/**
 * The lines to be read now: they are read once every step is done, in parallel with the closing checks and the watch, which do not wait for it. Logs
 * are read last, when the deployment has succeeded, or before a rehearsal is taken back, so that nothing that was written
 * meanwhile is missed.
 */
export function evidenceDue(state: DeploymentState): readonly EvidenceLine[] {
  const closing = state.status === 'verifying' && nextStep(state) === undefined;
  if (!closing && state.status !== 'monitoring' && state.status !== 'succeeded') return [];
  const isLast = state.status === 'succeeded' || (state.status === 'monitoring' && state.watchComplete);
  return evidenceLeft(state).filter(({ evidence }) => isLast || evidence.reader !== 'log');
}

/** The lines that nobody has read yet. */
export function evidenceLeft({
  drafted,
  evidenceRead,
}: Pick<Ended, 'drafted' | 'evidenceRead'>): readonly EvidenceLine[] {
  return drafted === null ? [] : evidenceLines(drafted.plan).filter(({ line }) => !evidenceRead.includes(line));
}
