import { mayNotApply, type Finding } from '@backstay/deployment';
import { evidenceReadBy, kindOf, sectionOf, type Evidence, type Plan, type Step } from '@backstay/document';
import { readEvidence, type EvidenceResult } from '@backstay/evidence';
import { askAgain } from '@backstay/service-kit';
import { blocking, fine, isHere, reportSources, warning } from '@backstay/steps';
import { addressProblem } from './address.ts';
import type { Preflight } from './preflight.ts';
import { suppliedFindings, type Readable, type Wanted } from './supplied.ts';

/**
 * Whether the evidence that will be read exists, and belongs to the commit. Evidence that already fails is reported; it blocks
 * where its failure would come late.
 */
export async function evidenceFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { deployment, context } = preflight;
  const { plan } = deployment;
  const sources = { ...reportSources(preflight), recorded: await context.records(plan, context.now()) };
  const wanted = [...ofSteps(plan), ...ofDocumentation(plan), ...ofCriteria(plan)];
  const findings: Finding[] = [];
  for (const each of wanted) {
    const read = () => readEvidence(each.evidence, sources);
    const isDoubtful = ({ verdict }: EvidenceResult) => isCalled(each, plan) && verdict !== 'pass';
    findings.push(findingOf(each, await askAgain(read, isDoubtful, { signal: preflight.detach }), plan));
  }
  return [...findings, ...(await suppliedFindings(wanted, sources))];
}

function ofSteps(plan: Plan): readonly Wanted[] {
  const { steps } = plan;
  return steps.flatMap((step, index): readonly Wanted[] => {
    const { action, onFailure, source, retry, id } = step;
    const evidence = evidenceReadBy(action);
    if (evidence === undefined || !isReadable(evidence) || !isHere(step, plan)) return [];
    const wanted = wantedBy(evidence, source.line, steps.slice(0, index));
    const read = retry === undefined ? wanted.read : `by step ${id} several times`;
    return [{ ...wanted, read, needed: onFailure !== 'continue' }];
  });
}

function wantedBy(evidence: Readable, line: number, before: readonly Step[]): Omit<Wanted, 'needed'> {
  return {
    evidence,
    line,
    read: readAfter(before.findLast((step) => mayMake(step, evidence))),
    late: before.some(({ mutates }) => mutates),
    optional: false,
  };
}

/** Read by the step that performs the section, which needs all of it; without such a step, read when the steps are done. */
function ofDocumentation(plan: Plan): readonly Wanted[] {
  const { documentation, steps } = plan;
  const index = steps.findIndex((step) => sectionOf(step.action) === 'documentation' && isHere(step, plan));
  return documentation.flatMap((documented) => {
    const { proof, source } = documented;
    if (proof.kind !== 'evidence' || !isReadable(proof.evidence)) return [];
    const optional = mayNotApply(documented);
    if (index < 0) return atTheEnd(proof.evidence, source.line, steps).map((wanted) => ({ ...wanted, optional }));
    const before = steps.slice(0, index);
    const needed = steps[index]?.onFailure !== 'continue';
    return [{ ...wantedBy(proof.evidence, source.line, before), needed, optional }];
  });
}

/** Read when the steps are done; whatever it says, they are. */
function ofCriteria({ acceptanceCriteria, steps }: Plan): readonly Wanted[] {
  return acceptanceCriteria.flatMap(({ rule, line }) =>
    rule.kind === 'evidence' ? atTheEnd(rule.evidence, line, steps) : [],
  );
}

function atTheEnd(evidence: Evidence, line: number, steps: readonly Step[]): readonly Wanted[] {
  if (!isReadable(evidence)) return [];
  return [{ ...wantedBy(evidence, line, steps), needed: false }];
}

function isReadable(evidence: Evidence): evidence is Readable {
  return evidence.reader !== 'log';
}

function readAfter(maker: Step | undefined): string | undefined {
  return maker && `after step ${maker.id}, which may bring it`;
}

/** Commands and other repositories bring files; what responds at a URL may change by itself. What is recorded, and what the commit touches, stays as it is. */
function mayMake({ action, mutates }: Step, { reader }: Readable): boolean {
  const { brings } = kindOf(action);
  switch (reader) {
    case 'junit':
    case 'sarif':
      return brings.includes('files');
    case 'url':
      return mutates || brings.includes('replies');
    case 'commit-touches':
    case 'deployed-in':
    case 'rollback-rehearsed':
      return false;
  }
}

function findingOf(
  { evidence, line, read, needed, late, optional }: Wanted,
  result: EvidenceResult,
  plan: Plan,
): Finding {
  const { verdict, summary, attested } = result;
  const details = { subject: subjectOf(evidence), line };
  const refused = evidence.reader === 'url' ? whyNeverCalled(evidence.url, plan) : null;
  if (refused !== null) return (needed ? blocking : warning)('evidence', { ...details, message: refused });
  if (read !== undefined && verdict !== 'pass')
    return fine('evidence', { ...details, message: `is read ${read}; now: ${summary}` });
  if (verdict === 'fail' && optional) return fine('evidence', { ...details, message: `does not apply: ${summary}` });
  if (verdict === 'fail' && !(needed && (late || !isReport(evidence))))
    return warning('evidence', {
      ...details,
      message: isTouched(evidence) ? summary : `is there and does not pass: ${summary}`,
    });
  if (verdict !== 'pass') return (needed ? blocking : warning)('evidence', { ...details, message: summary });
  if (attested)
    return fine('evidence', { ...details, message: isReport(evidence) ? `${summary}; tied to the commit` : summary });
  const message = `${summary}; nothing ties it to the commit`;
  return plan.acceptsUnattested
    ? fine('evidence', { ...details, message })
    : warning('evidence', { ...details, message: `${message}, so that no criterion counts it here` });
}

/** Whether a service elsewhere must reply now, for no step brings its reply about. */
const isCalled = ({ evidence, read }: Wanted, plan: Plan): boolean =>
  evidence.reader === 'url' && read === undefined && whyNeverCalled(evidence.url, plan) === null;

/** What no step brings about. Where a name stands for the host, the reply shows it. */
function whyNeverCalled(url: string, { allow }: Plan): string | null {
  return URL.canParse(url) && !new URL(url).host.includes('$') ? addressProblem(url, allow, new URL(url).host) : null;
}

/** What the commit touches is not a file that is there or not. */
const isTouched = ({ reader }: Readable): boolean => reader === 'commit-touches';

const isReport = ({ reader }: Readable): boolean =>
  reader === 'junit' || reader === 'sarif' || reader === 'commit-touches';

function subjectOf(evidence: Readable): string {
  switch (evidence.reader) {
    case 'junit':
    case 'sarif':
      return evidence.glob;
    case 'commit-touches':
      return evidence.path;
    case 'url':
      return evidence.url;
    case 'deployed-in':
      return `deployment in ${evidence.environment}`;
    case 'rollback-rehearsed':
      return 'rehearsed rollback';
  }
}
