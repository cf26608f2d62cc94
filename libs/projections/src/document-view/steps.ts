import type { LineVerdict, Step } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { proof, type Context } from '../acceptance-criteria/context.ts';
import { allOf, lastOf, type Evidenced, type RecordOf } from '../events.ts';
import { stepRecordTypes, steps, type StepView } from '../steps.ts';
import { listed } from '../text.ts';
import { resultText } from './result-text.ts';

type StepRecord = RecordOf<(typeof stepRecordTypes)[number] | 'StepConfirmed'>;

/** Every step with the events of its last attempt. */
export function stepLines(events: readonly RecordedEvent[], context: Context | null): LineVerdict[] {
  if (context === null) return [];
  const records = allOf(context.records, ...stepRecordTypes, 'StepConfirmed');
  const views = steps(events);
  const verdicts = views.map((view) => stepLine(records, view));
  return [...verdicts, ...writtenForRollback(context, views, verdicts)];
}

function stepLine(records: readonly StepRecord[], { id, title, line, status, reason }: StepView): LineVerdict {
  const text = `${id} ${title}${reason === null ? '' : `: ${reason}`}`;
  return { line, kind: 'step', verdict: status, text, evidence: lastAttempt(records, id).map(evidenceOfStep) };
}

/** That it began is reported only as long as nothing is known of its end. */
function lastAttempt(records: readonly StepRecord[], step: string): readonly StepRecord[] {
  const own = records.filter(({ data }) => data.step === step);
  const last = own.slice(
    Math.max(
      0,
      own.findLastIndex(({ type }) => type === 'StepStarted'),
    ),
  );
  const confirmed = own.filter((record) => record.type === 'StepConfirmed' && !last.includes(record));
  const ends = last.filter(({ type }) => type !== 'StepStarted' && type !== 'StepResumed');
  return [...confirmed, ...(ends.length === 0 ? last : ends)];
}

function evidenceOfStep(record: StepRecord): Evidenced {
  if (record.type !== 'StepSucceeded' && record.type !== 'StepFailed') return proof(record);
  const verdicts = proof(record);
  const result = resultText(record);
  return result === '' ? verdicts : { ...verdicts, summary: `${verdicts.summary}: ${result}` };
}

/**
 * The document's own rollback steps are done only in a rollback. "Revert to previous version" is then done as other steps,
 * which stand on the lines of what they undo.
 */
function writtenForRollback(
  { plan, records, ended }: Context,
  views: readonly StepView[],
  verdicts: readonly LineVerdict[],
): LineVerdict[] {
  const written = plan.rollback.steps;
  const planned = lastOf(records, 'RollbackPlanned')?.data.steps;
  if (planned === undefined)
    return written.map((step) => writtenLine(step, ended ? 'not-needed' : 'armed', step.title, []));
  const lines = new Set(written.map(({ source }) => source.line));
  const apart = planned.filter(({ source }) => !lines.has(source.line)).map(({ id }) => id);
  const done = verdicts.filter((_, index) => apart.includes(views[index]?.id ?? ''));
  return written
    .filter(({ source }) => !planned.some((each) => each.source.line === source.line))
    .map((step) => {
      const text = apart.length === 0 ? `${step.title}: nothing to undo` : `${step.title}: done as ${listed(apart)}`;
      const evidence = done.flatMap((each) => each.evidence);
      return writtenLine(step, commonVerdict(done), text, evidence);
    });
}

const writtenLine = ({ source }: Step, verdict: string, text: string, evidence: readonly Evidenced[]): LineVerdict => ({
  line: source.line,
  kind: 'step',
  verdict,
  text,
  evidence,
});

/** What they have in common; else how the first went that did not succeed. What there is none of has not succeeded. */
const commonVerdict = (done: readonly LineVerdict[]): string =>
  done.length === 0 ? 'not-needed' : (done.find(({ verdict }) => verdict !== 'succeeded')?.verdict ?? 'succeeded');
