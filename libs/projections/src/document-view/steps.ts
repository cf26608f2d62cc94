import type { LineVerdict } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { evidenceOf, proof } from '../acceptance-criteria/context.ts';
import { allOf, knownFacts, type DeploymentRecord, type Evidenced } from '../facts.ts';
import { steps } from '../steps.ts';

const about = [
  'StepStarted',
  'StepResumed',
  'StepConfirmed',
  'StepSucceeded',
  'StepFailed',
  'StepInterrupted',
  'StepUnknown',
  'StepSkipped',
  'StepResolved',
] as const;
type StepFact = Extract<DeploymentRecord, { type: (typeof about)[number] }>;

/** Every step with the facts of its last attempt. */
export function stepLines(events: readonly RecordedEvent[]): LineVerdict[] {
  const facts = allOf(knownFacts(events), ...about);
  return steps(events).map(({ id, title, line, status, reason }) => {
    const text = `${id} ${title}${reason === null ? '' : `: ${reason}`}`;
    return { line, kind: 'step', verdict: status, text, evidence: lastAttempt(facts, id).map(told) };
  });
}

/** That it began is told only as long as nothing is known of its end. */
function lastAttempt(facts: readonly StepFact[], step: string): readonly StepFact[] {
  const own = facts.filter(({ data }) => data.step === step);
  const last = own.slice(
    Math.max(
      0,
      own.findLastIndex(({ type }) => type === 'StepStarted'),
    ),
  );
  const confirmed = own.filter((fact) => fact.type === 'StepConfirmed' && !last.includes(fact));
  const ends = last.filter(({ type }) => type !== 'StepStarted' && type !== 'StepResumed');
  return [...confirmed, ...(ends.length === 0 ? last : ends)];
}

function told(fact: StepFact): Evidenced {
  if (fact.type !== 'StepSucceeded' && fact.type !== 'StepFailed') return proof(fact);
  const { summary = '' } = evidenceOf(fact) ?? {};
  return summary === '' ? proof(fact) : proof(fact, summary);
}
