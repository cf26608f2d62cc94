import type { Evidence, Step } from '@backstay/document';
import { isSameEvidence } from '@backstay/deployment';
import { allOf } from '../facts.ts';
import {
  evidenceOf,
  judgedLinesOf,
  lastEndOf,
  proof,
  stepsWhere,
  type Context,
  type ReadEvidence,
  type StepEnd,
} from './context.ts';
import { deployedIn, rehearsedWithin } from './history.ts';
import { allOfThem, met, unknown, unmet, waiting, type Judged } from './shape.ts';

/** Every step that reads this kind of evidence must have found it good. */
export function readBySteps(context: Context, reader: Evidence['reader'], noun: string): Judged {
  const steps = stepsWhere(context, (action) => action.kind === 'evidence' && action.evidence.reader === reader);
  if (steps.length === 0) return unmet(`no step of the document reads ${noun}`);
  return allOfThem(steps.map((step) => readByStep(context, step, noun)));
}

function readByStep(context: Context, step: Step, noun: string): Judged {
  const end = lastEndOf(context, step);
  if (end !== undefined) return judgedEnd(context, end, noun);
  const missing = `${noun}: step ${step.id} (${step.title})`;
  return context.ended ? unmet(`${missing} was never reached`) : waiting(`${missing} has not read it yet`);
}

function judgedEnd(context: Context, end: StepEnd, noun: string): Judged {
  const evidence = evidenceOf(end);
  const told = evidence?.summary || `step ${end.data.step} recorded no evidence of ${noun}`;
  return judgedReading(context, evidence, told, [proof(end, `${end.data.step}: ${told}`)]);
}

/** A pass counts where something ties it to the deployed commit, or where the environment does not ask for that. */
function judgedReading(
  { plan }: Context,
  evidence: ReadEvidence | null,
  told: string,
  evidenced: Judged['evidence'],
): Judged {
  switch (evidence?.verdict) {
    case 'pass':
      if (evidence.attested || plan.acceptsUnattested) return met(told, evidenced);
      return unmet(
        `${told}; it is unattested: nothing ties the report to the deployed commit, and ${plan.environment} asks for that`,
        evidenced,
      );
    case 'fail':
      return unmet(told, evidenced);
    default:
      return unknown(told, evidenced);
  }
}

/** Evidence that a line of its own asks for: from history, from a step that reads the same, or as judged line by line. */
export function evidenceOnLine(context: Context, line: number, evidence: Evidence): Judged {
  if (evidence.reader === 'deployed-in') return deployedIn(context, evidence.environment);
  if (evidence.reader === 'rollback-rehearsed') return rehearsedWithin(context, evidence.withinMs);
  const [step] = stepsWhere(
    context,
    (action) => action.kind === 'evidence' && isSameEvidence(action.evidence, evidence),
  );
  const logs = allOf(context.facts, 'LogsRead').findLast(({ data }) => isSameEvidence(data.evidence, evidence));
  if (logs !== undefined) return judgedVerdict(logs.data.verdict, logs.data.summary, [proof(logs, logs.data.summary)]);
  const judged = judgedLine(context, line);
  if (judged !== null) return judged;
  const read = allOf(context.facts, 'EvidenceRead').findLast(({ data }) => data.line === line);
  if (read !== undefined) {
    const { reading } = read.data;
    return judgedReading(context, reading, reading.summary, [proof(read, reading.summary)]);
  }
  if (step !== undefined) return readByStep(context, step, `${evidence.reader} evidence`);
  return nothingRead(context, `no ${evidence.reader} evidence was read for it`);
}

/** How a section step or a reader judged the line; the last word counts. null: nobody has. */
export function judgedLine({ facts }: Context, line: number): Judged | null {
  const ends = allOf(facts, 'StepSucceeded', 'StepFailed');
  const end = ends.findLast((each) => judgedLinesOf(each).some((judged) => judged.line === line));
  const judged = end && judgedLinesOf(end).findLast((each) => each.line === line);
  if (end === undefined || judged === undefined || judged.verdict === 'manual') return null;
  return judgedVerdict(judged.verdict, judged.summary, [proof(end, `${end.data.step}: ${judged.summary}`)]);
}

export function nothingRead({ ended }: Context, missing: string): Judged {
  return ended ? unmet(missing) : waiting(`${missing} yet`);
}

function judgedVerdict(verdict: string, summary: string, evidenced: Judged['evidence']): Judged {
  if (verdict === 'pass' || verdict === 'not-applicable') return met(summary, evidenced);
  return verdict === 'fail' ? unmet(summary, evidenced) : unknown(summary, evidenced);
}
