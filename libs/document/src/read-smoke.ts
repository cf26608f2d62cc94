import { match, pattern } from './code-spans.ts';
import { readClauses, readPath } from './clauses.ts';
import type { HealthCheckNode, SmokeTestNode } from './document.ts';
import { readForms, rejectNested, type Forms } from './forms.ts';
import type { Line, Outline } from './outline.ts';
import type { Clause, HealthCheck, OnFailure, Request } from './plan.ts';
import { linesOf } from './read-configuration.ts';
import { plainTitle } from './read-steps.ts';
import type { Reading } from './reading.ts';
import { looksLikeRequest, readBody, readHeader, readRequest } from './requests.ts';
import type { Span } from './span.ts';
import { readOnFailure, readRetry } from './step-forms.ts';
import type { Reference } from './variables.ts';

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
  const lines = linesOf(outline.sections.get('flows'), reading);
  const numbered = outline.sections.get('flows')?.lines.filter((line) => line.ordered) ?? [];
  const flows: SmokeTestNode[] = [];
  for (const line of lines) {
    if (!line.ordered) reportUnnumbered(line, reading);
    else flows.push(...(readFlow(line, numbered.indexOf(line) + 1, flows, reading) ?? []));
  }
  return flows;
}

function reportUnnumbered(line: Line, reading: Reading): void {
  reading.report.error(
    line.at,
    'unnumbered-step',
    'a flow begins with its number, and its lines are indented by three spaces',
  );
}

function readFlow(line: Line, number: number, earlier: SmokeTestNode[], reading: Reading): SmokeTestNode[] | undefined {
  const title = plainTitle(line.span);
  const draft: FlowDraft = { headers: {} };
  const before = reading.report.errorCount;
  const firstReference = reading.references.length;
  const inTitle = looksLikeRequest(title.text);
  for (const { at } of line.fences)
    reading.report.error(at, 'stray-fence', 'a fence of a body stands below `- Body:`, indented with it');
  const seen = readForms(line.children, flowForms, draft, 'a flow', reading);
  if (!seen.has('Endpoint') && inTitle) draft.request = readRequest(title, reading);
  else if (!seen.has('Endpoint'))
    reading.report.error(title, 'missing-line', `“${title.text}” has no \`Endpoint:\``, '   - Endpoint: GET /path');
  if (reading.report.errorCount > before || !draft.request) return undefined;
  const flow = assemble(draft, draft.request, title.text, number, line);
  resolveCaptures(reading.references.splice(firstReference), flow, earlier, reading);
  return [flow];
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

/** Checks `${smoke.1.token}` and notes `${smoke.1.$.path}` as a capture of the earlier flow; others are ordinary variables. */
function resolveCaptures(
  references: readonly Reference[],
  flow: SmokeTestNode,
  earlier: SmokeTestNode[],
  reading: Reading,
): void {
  for (const reference of references) {
    const found = /^smoke\.(\d{1,4})\.(.+)$/.exec(reference.name);
    if (!found) reading.references.push(reference);
    else resolveCapture(found[2]!, Number(found[1]), reference, flow, earlier, reading);
  }
}

function resolveCapture(
  name: string,
  number: number,
  reference: Reference,
  flow: SmokeTestNode,
  earlier: SmokeTestNode[],
  reading: Reading,
): void {
  const index = earlier.findIndex((each) => each.number === number);
  const source = earlier[index];
  if (!source) {
    const message = `\${${reference.name}} refers to flow ${number}, which does not stand before flow ${flow.number}`;
    reading.report.error(reference.at, 'unknown-variable', message);
  } else if (name.startsWith('$')) earlier[index] = { ...source, captures: { ...source.captures, [name]: name } };
  else if (!Object.hasOwn(source.captures, name) && !(name === 'token' && returnsToken(source.expect))) {
    const message = `flow ${number} captures no “${name}”; write \${smoke.${number}.$.path}, or let that flow expect “returns JWT token”`;
    reading.report.error(reference.at, 'unknown-variable', message);
  }
}

function returnsToken(expect: readonly Clause[]): boolean {
  return expect.some((clause) => clause.kind === 'returns' && clause.what === 'jwt');
}

const healthTitle = /^([^:`]{1,80}?)\s*:\s+/;
const verified = pattern(String.raw`verified(?: at (?<url>CODE|\S+))?`);
const served = pattern(String.raw`(?<request>[A-Za-z]+ (?:CODE|\S+)) returns (?<path>CODE)`);

/** Reads *Health Checks*. */
export function readHealthChecks(outline: Outline, reading: Reading): HealthCheckNode[] {
  return linesOf(outline.sections.get('health'), reading).flatMap((line) => {
    rejectNested(line, false, reading);
    return readHealthCheck(line.span, reading) ?? [];
  });
}

function readHealthCheck(span: Span, reading: Reading): HealthCheckNode | undefined {
  const found = healthTitle.exec(span.text);
  if (!found) return reportHealthCheck(span, reading);
  const title = found[1]!;
  const value = span.slice(found[0].length);
  const source = { line: span.line };
  const connectivity = match(value, verified);
  if (connectivity) return readConnectivity(title, connectivity['url'], value, reading);
  const version = match(value, served);
  if (version) {
    const request = readRequest(version['request']!, reading);
    const jsonPath = readPath(version['path']!, reading);
    return request && jsonPath ? { title, check: { kind: 'version', request, jsonPath }, source } : undefined;
  }
  if (/^version$/i.test(title)) {
    return reading.report.error(
      value,
      'bad-value',
      'say where the version stands: Version: GET /version returns `$.version`',
    );
  }
  if (!/^[A-Za-z]+\s/.test(value.text)) return reportHealthCheck(span, reading);
  const request = readRequest(value, reading);
  return request && { title, check: { kind: 'request', request }, source };
}

function readConnectivity(
  title: string,
  at: Span | undefined,
  value: Span,
  reading: Reading,
): HealthCheckNode | undefined {
  const source = { line: value.line };
  const known = /^(database|cache) connectivity$/i.exec(title)?.[1]?.toLowerCase() as 'database' | 'cache' | undefined;
  if (at) {
    const url = known ? reading.text(reading.bare(at)).text : reading.url(at);
    const check: HealthCheck['check'] | undefined = url === undefined ? undefined : { kind: known ?? 'url', url };
    return check && { title, check, source };
  }
  if (!known) return { title, source };
  const name = known === 'database' ? 'DATABASE_URL' : 'REDIS_URL';
  reading.references.push({ name, at: value, inCommand: false });
  return { title, check: { kind: known, url: `\${${name}}` }, source };
}

function reportHealthCheck(span: Span, reading: Reading): undefined {
  const forms =
    'Application health: GET /health · Database connectivity: verified · NAME connectivity: verified at `url` · Version: GET /version returns `$.version`';
  return reading.report.error(span, 'unknown-line', `“${span.text}” is no health check; write one of: ${forms}`);
}
