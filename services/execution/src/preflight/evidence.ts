import type { Finding } from '@backstay/deployment';
import type { Evidence, Plan, Step } from '@backstay/document';
import { readEvidence, type EvidenceResult } from '@backstay/effects';
import { reportSources } from '../steps/evidence.ts';
import { blocking, fine, warning } from './finding.ts';
import type { Preflight } from './preflight.ts';

/** What can already be read of the proof that steps will want. */
type Readable = Extract<Evidence, { reader: 'junit' | 'sarif' | 'commit-touches' }>;

interface Wanted {
  readonly evidence: Readable;
  readonly line: number;
  /** The step before it that may still bring it about. */
  readonly maker: string | undefined;
  /** Whether the deployment ends where it is missing. */
  readonly needed: boolean;
}

/** The proof that steps will read: whether it is there, and tied to the commit. What it says is for the step to judge; that it fails is told. */
export async function evidenceFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { plan } = preflight.deployment;
  const sources = reportSources(preflight);
  const findings: Finding[] = [];
  for (const wanted of [...ofSteps(plan), ...ofDocumentation(plan)])
    findings.push(findingOf(wanted, await readEvidence(wanted.evidence, sources), plan));
  return findings;
}

function ofSteps(plan: Plan): readonly Wanted[] {
  return plan.steps.flatMap(({ action, onFailure, source, onlyIn }, index) => {
    if (action.kind !== 'evidence' || !isReadable(action.evidence)) return [];
    if (onlyIn !== undefined && !onlyIn.includes(plan.environment)) return [];
    const maker = plan.steps.slice(0, index).findLast((step) => mayMake(step, action.evidence, plan))?.id;
    return [{ evidence: action.evidence, line: source.line, maker, needed: onFailure !== 'continue' }];
  });
}

function ofDocumentation({ documentation }: Plan): readonly Wanted[] {
  return documentation.flatMap(({ proof, source }) =>
    proof.kind === 'evidence' && isReadable(proof.evidence)
      ? [{ evidence: proof.evidence, line: source.line, maker: undefined, needed: false }]
      : [],
  );
}

function isReadable(evidence: Evidence): evidence is Readable {
  return evidence.reader === 'junit' || evidence.reader === 'sarif' || evidence.reader === 'commit-touches';
}

/** Commands and other repositories bring files; what the commit touches stays as it is. */
function mayMake({ action }: Step, { reader }: Evidence, { repository }: Plan): boolean {
  if (reader === 'commit-touches') return false;
  return action.kind === 'run' || (action.kind === 'checkout' && action.repository !== repository);
}

function findingOf({ evidence, line, maker, needed }: Wanted, result: EvidenceResult, plan: Plan): Finding {
  const { verdict, summary, attested } = result;
  const facts = { subject: evidence.reader === 'commit-touches' ? evidence.path : evidence.glob, line };
  if (maker !== undefined && verdict !== 'pass')
    return fine('evidence', { ...facts, message: `is read after step ${maker}, which may write it; now: ${summary}` });
  if (verdict === 'fail') return warning('evidence', { ...facts, message: `is there and does not pass: ${summary}` });
  if (verdict !== 'pass') return (needed ? blocking : warning)('evidence', { ...facts, message: summary });
  if (attested) return fine('evidence', { ...facts, message: `${summary}; tied to the commit` });
  const message = `${summary}; nothing ties it to the commit`;
  return plan.acceptsUnattested
    ? fine('evidence', { ...facts, message })
    : warning('evidence', { ...facts, message: `${message}, so that no criterion counts it here` });
}
