import { renderDocument, type LineVerdict } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { contextOf, proof, type Context } from '../acceptance-criteria/context.ts';
import { concerning, type AcceptanceCriteria } from '../acceptance-criteria/index.ts';
import { documentationLine } from '../acceptance-criteria/sections.ts';
import { summaryOf, type DeploymentSummary } from '../deployment-summary/index.ts';
import { allOf, knownRecords, type RecordOf } from '../events.ts';
import { overridesIn, overrideText, type OverrideView } from '../overrides.ts';
import type { ProcedureEntry } from '../procedure-history.ts';
import { checkLines } from './checks.ts';
import { limitLines, triggerLines } from './limits.ts';
import { preflightLines, problemLines, relationLines } from './planning.ts';
import { stepLines } from './steps.ts';

export type { LineVerdict } from '@backstay/document';

/** The source as it was requested, and what is known of its lines with the events that prove it, in line order. */
export interface DocumentView {
  /** "orders-api 1.2.0 to production (deployment d1)" */
  readonly title: string;
  /** The state as a sentence. */
  readonly sentence: string;
  /** Null as long as there is none. */
  readonly source: string | null;
  /** Where the source comes from when it is not the request's own. */
  readonly note?: string;
  /** Findings stand on no line of the document. */
  readonly overrides: readonly OverrideView[];
  readonly verdicts: readonly LineVerdict[];
}

/** What the lines are judged from beside the deployment's own events. */
export interface Judgement extends Pick<AcceptanceCriteria, 'criteria'> {
  /** How other deployments of the service went. */
  readonly history?: readonly ProcedureEntry[];
  /** ISO 8601; default: when the last event was recorded. */
  readonly now?: string;
  readonly note?: string | undefined;
}

/** The document beside what became of it. `source` is Markdown: the request's, else what `note` says. */
export function documentView(
  source: string | null,
  events: readonly RecordedEvent[],
  { criteria, history = [], now = events.at(-1)?.time ?? '', note }: Judgement,
): DocumentView {
  const records = knownRecords(events);
  const context = contextOf(events, history, now, []);
  const summary = summaryOf(events);
  const revoked = allOf(records, 'EvidenceRevoked');
  const verdicts: LineVerdict[] = [
    ...criteria.map(({ text: _text, reason, ...rest }) => ({ ...rest, kind: 'criterion' as const, text: reason })),
    ...documentationLines(context),
    ...relationLines(context),
    ...preflightLines(records),
    ...stepLines(events, context),
    ...checkLines(records, context),
    ...limitLines(records, context),
    ...triggerLines(records, context),
    ...problemLines(records),
  ];
  return {
    title: titleOf(summary),
    sentence: summary?.sentence ?? '',
    source,
    ...(note === undefined ? {} : { note }),
    overrides: overridesIn(records),
    verdicts: verdicts.map((each) => withRevocations(revoked, each)).sort((a, b) => a.line - b.line),
  };
}

/** The view as Markdown for people. */
export function documentMarkdown({ title, sentence, source, note, overrides, verdicts }: DocumentView): string {
  const notes = [
    `${title}: ${sentence}`,
    ...overrides.map((each) => `${overrideText(each)} (${each.eventId})`),
    ...(note === undefined ? [] : [note]),
    ...(source === null ? ['The request brought a plan and no document.'] : []),
  ];
  return renderDocument({ source, verdicts, notes });
}

function titleOf(summary: DeploymentSummary | null): string {
  if (summary === null) return '';
  const { id, service, version, environment } = summary;
  const what = [service ?? 'a document that is not read yet', version].filter(Boolean).join(' ');
  return `${what}${environment === null ? '' : ` to ${environment}`} (deployment ${id})`;
}

function documentationLines(context: Context | null): LineVerdict[] {
  if (context === null) return [];
  return context.plan.documentation.map((line) => {
    const { reason, ...judged } = concerning(context, documentationLine(context, line));
    return { line: line.source.line, kind: 'documentation', text: reason, ...judged };
  });
}

/** What was revoked stays in the view, beside who revoked it. */
function withRevocations(revoked: readonly RecordOf<'EvidenceRevoked'>[], verdict: LineVerdict): LineVerdict {
  const cited = revoked.filter(
    ({ id, data }) =>
      verdict.evidence.some(({ eventId }) => eventId === data.evidence.eventId) &&
      !verdict.evidence.some(({ eventId }) => eventId === id),
  );
  return cited.length === 0
    ? verdict
    : { ...verdict, evidence: [...verdict.evidence, ...cited.map((record) => proof(record))] };
}
