import { evidenceReadBy, sectionOf, type Evidence, type Step } from '@backstay/document';
import { evidenceLines, isSameEvidence, mayNotApply } from '@backstay/deployment';
import { allOf } from '../events.ts';
import {
  evidenceOf,
  judgedLinesOf,
  lastEndOf,
  proof,
  stepsWhere,
  triedOf,
  type Context,
  type JudgedLine,
  type ReadEvidence,
  type StepEnd,
} from './context.ts';
import { deployedIn, rehearsedWithin } from './history.ts';
import { allOfThem, met, unknown, unmet, waiting, type Judged } from './verdict.ts';

/** Every step that reads this kind of evidence must have found it good. */
export function readBySteps(context: Context, reader: Evidence['reader'], noun: string): Judged {
  const steps = stepsWhere(context, (action) => evidenceReadBy(action)?.reader === reader);
  if (steps.length === 0) return unmet(`no step of the document reads ${noun}`);
  return allOfThem(steps.map((step) => readByStep(context, step, noun)));
}

function readByStep(context: Context, step: Step, noun: string): Judged {
  const tried = triedOf(context, step);
  const missing = `${noun}: step ${step.id} (${step.title})`;
  if (tried === 'pending') return waiting(`${missing} has not read it yet`);
  return tried === 'never' ? unmet(`${missing} never read it`) : judgedEnd(context, tried, noun);
}

function judgedEnd(context: Context, end: StepEnd, noun: string): Judged {
  const evidence = evidenceOf(end);
  const text = evidence?.summary || withoutEvidence(end, noun);
  if (end.type === 'StepFailed' && evidence?.verdict === 'pass') return unmet(withoutEvidence(end, noun), [proof(end)]);
  return judgedReading(context, evidence, text, [proof(end, `${end.data.step}: ${text}`)]);
}

function withoutEvidence({ type, data }: StepEnd, noun: string): string {
  return type === 'StepFailed'
    ? `step ${data.step} failed: ${data.reason}`
    : `step ${data.step} recorded no evidence of ${noun}`;
}

const howToAttest = 'bring it with the request: --evidence kind=…,path=…,sha256=…,commit=…';

/** A pass counts where something ties it to the deployed commit, or where the environment does not ask for that. */
function judgedReading(
  { plan }: Context,
  evidence: ReadEvidence | JudgedLine | null,
  text: string,
  evidenced: Judged['evidence'],
): Judged {
  switch (evidence?.verdict) {
    case 'pass':
      if (evidence.attested || plan.acceptsUnattested) return met(text, evidenced);
      return unmet(
        `${text}; it is unattested: nothing ties the report to the deployed commit, and ${plan.environment} asks for that; ${howToAttest}`,
        evidenced,
      );
    case 'not-applicable':
      return met(text, evidenced);
    case 'fail':
      return unmet(text, evidenced);
    default:
      return unknown(text, evidenced);
  }
}

/** Evidence that a line of its own asks for: from history, from a step that reads the same, or as judged line by line. */
export function evidenceOnLine(context: Context, line: number, evidence: Evidence): Judged {
  if (evidence.reader === 'deployed-in') return deployedIn(context, evidence.environment);
  if (evidence.reader === 'rollback-rehearsed') return rehearsedWithin(context, evidence.withinMs);
  const logs = allOf(context.records, 'LogsRead').findLast(({ data }) => isSameEvidence(data.evidence, evidence));
  if (logs !== undefined) {
    const { verdict, summary } = logs.data;
    return judgedReading(context, { verdict, summary, attested: true }, summary, [proof(logs, summary)]);
  }
  const judged = judgedLine(context, line) ?? readOnLine(context, line);
  if (judged !== null) return judged;
  const steps = stepsWhere(context, (action) => isSameEvidence(evidenceReadBy(action), evidence));
  const noun = `${evidence.reader} evidence`;
  if (steps.length > 0) return allOfThem(steps.map((step) => readByStep(context, step, noun)));
  return nothingRead(context, line, `no ${noun} was read for it`);
}

/** How a section step judged the line. null: none has. */
function judgedLine(context: Context, line: number): Judged | null {
  const steps = stepsWhere(context, (action) => sectionOf(action) !== undefined);
  const ends = steps.flatMap((step) => lastEndOf(context, step) ?? []);
  const end = ends.findLast((each) => judgedLinesOf(each).some((judged) => judged.line === line));
  const judged = end && judgedLinesOf(end).findLast((each) => each.line === line);
  if (end === undefined || judged === undefined) return null;
  return judgedReading(context, judged, judged.summary, [proof(end, `${end.data.step}: ${judged.summary}`)]);
}

/** How the line's own evidence was read. null: it was not. */
function readOnLine(context: Context, line: number): Judged | null {
  const read = allOf(context.records, 'EvidenceRead').findLast(({ data }) => data.line === line);
  if (read === undefined) return null;
  const { reading } = read.data;
  const documented = context.plan.documentation.find((each) => each.source.line === line);
  if (documented !== undefined && mayNotApply(documented) && reading.verdict === 'fail') {
    const summary = `it does not apply: ${reading.summary}`;
    return met(summary, [proof(read, summary)]);
  }
  return judgedReading(context, reading, reading.summary, [proof(read, reading.summary)]);
}

/** A line that nothing else reads is read before a deployment ends, or, as logs are, when it has succeeded. */
function nothingRead({ plan, over, own }: Context, line: number, missing: string): Judged {
  const isStillRead = own?.outcome === 'succeeded' && evidenceLines(plan).some((each) => each.line === line);
  return over && !isStillRead ? unmet(missing) : waiting(`${missing} yet`);
}
