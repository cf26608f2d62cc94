import { readClauses } from '../values/clauses.ts';
import { Captures } from './captures.ts';
import type { SmokeTestNode } from './nodes.ts';
import { isNone, readForms, type Forms } from './forms.ts';
import type { Line, Outline } from '../markdown/outline.ts';
import type { Clause, OnFailure, Request } from '../plan/values.ts';
import { plainTitle } from './read-steps.ts';
import type { Reading } from './reading.ts';
import { looksLikeRequest, readBody, readHeader, readRequest } from '../values/requests.ts';
import type { Span } from '../markdown/span.ts';
import { readOnFailure, readRetry } from './step-forms.ts';

interface FlowDraft {
  request?: Request;
  headers: Record<string, string>;
  body?: string;
  expect?: Clause[];
  retry?: { times: number; everyMs: number };
  timeoutMs?: number;
  onFailure?: OnFailure;
}

const flowForms: Forms<FlowDraft> = [
  {
    label: 'Endpoint',
    required: true,
    read: ({ span }, draft, reading) => void (draft.request = readRequest(span, reading)),
  },
  {
    label: 'Header',
    repeats: true,
    read: ({ span }, draft, reading) => {
      const header = readHeader(span, reading);
      if (header) draft.headers[header[0]] = header[1];
    },
  },
  { label: 'Body', fence: true, read: (value, draft, reading) => void (draft.body = readBody(value, reading)) },
  {
    label: 'Expected',
    read: ({ span }, draft, reading) => void (draft.expect = readClauses(span, 'response', reading)),
  },
  { label: 'Retry', read: ({ span }, draft, reading) => void (draft.retry = readRetry(span, reading)) },
  { label: 'Timeout', read: ({ span }, draft, reading) => void (draft.timeoutMs = reading.duration(span)) },
  { label: 'Failure', read: ({ span }, draft, reading) => void (draft.onFailure = readOnFailure(span, reading)) },
];

export const flowLabels = flowForms.map(({ label }) => label);

/** Reads *Critical User Flows*. */
export function readFlows(outline: Outline, reading: Reading): SmokeTestNode[] {
  const captures = new Captures(reading);
  let number = 0;
  for (const line of outline.sections.get('flows')?.lines ?? []) {
    if (line.ordered) number++;
    if (line.broken) captures.addBroken(number);
    else if (line.ordered) captures.add(number, () => readFlow(line, number, reading));
    else if (!isNone(line.span.text)) reportUnnumbered(line, reading);
  }
  return captures.flows;
}

function reportUnnumbered(line: Line, reading: Reading): void {
  const message = 'a flow begins with its number, and its lines are indented by three spaces';
  reading.report.error(line.at, 'unnumbered-step', message);
}

function readFlow(line: Line, number: number, reading: Reading): SmokeTestNode | undefined {
  const title = plainTitle(line.span);
  const draft: FlowDraft = { headers: {} };
  const before = reading.report.errorCount;
  for (const { at } of line.fences) {
    reading.report.error(at, 'stray-fence', 'a fence of a body stands below `- Body:`, indented with it');
  }
  const seen = readForms(line.children, flowForms, draft, 'a flow', reading);
  if (!seen.has('Endpoint')) draft.request = readTitle(title, reading);
  if (reading.report.errorCount > before || !draft.request) return undefined;
  return assemble(draft, draft.request, title.text, number, line);
}

/** A title may itself be `POST /path`. */
function readTitle(title: Span, reading: Reading): Request | undefined {
  if (looksLikeRequest(title.text)) return readRequest(title, reading);
  const message = `“${title.text}” has no \`Endpoint:\`; add it`;
  return reading.report.error(title, 'missing-line', message, '   - Endpoint: GET /path');
}

function assemble(draft: FlowDraft, request: Request, title: string, number: number, line: Line): SmokeTestNode {
  const { headers, body, expect = [], retry, timeoutMs, onFailure } = draft;
  return {
    number,
    title,
    request: { ...request, ...(Object.keys(headers).length > 0 && { headers }), ...(body !== undefined && { body }) },
    expect,
    captures: capturesOf(expect),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(onFailure && { onFailure }),
    source: { line: line.span.line },
  };
}

/** `returns JWT token at` captures the token under its name. */
function capturesOf(expect: readonly Clause[]): Record<string, string> {
  const token = expect.find(
    (clause) => clause.kind === 'returns' && clause.what === 'jwt' && clause.path !== undefined,
  );
  return token?.kind === 'returns' && token.path !== undefined ? { token: token.path } : {};
}
