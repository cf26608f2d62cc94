import {
  BudgetExceeded,
  isDecimal,
  jsonTextOf,
  NotUtf8,
  readWrittenJson,
  WrittenNumber,
  type Clause,
} from '@backstay/document';
import { clauseText } from './clause-text.ts';
import { compare } from './compare.ts';
import type { ValueClause, ValuedClause } from './expectations.ts';
import { count, InvalidJsonPath, parsedJson, select, textOfBody, writtenJson } from './json-path.ts';
import { findJwt, isJwt } from './jwt.ts';
import type { HttpResponse } from './ports.ts';

/** `observed` and `expected` are words for people; `observed` is redacted and then cut to 200 characters. */
export type Judgement = { clause: Clause; ok: boolean; observed: string; expected: string };

export type JudgedResponse = Pick<HttpResponse, 'status' | 'statusText' | 'headers' | 'body' | 'content' | 'latencyMs'>;
export type CommandOutcome = { exitCode: number | null; output: string; durationMs: number };

export type Confidentiality = { confidential?: boolean; redact?: (text: string) => string };

type Finding = { ok: boolean; observed: string };

/**
 * Judges every clause. Where none speaks of the status, one more is judged: any of 200 to 299. A `confidential` reply is one to a
 * request that sent secrets: its body is not shown, but for single values at a path.
 */
export function judgeResponse(
  clauses: ValuedClause[],
  response: JudgedResponse,
  { confidential = false, redact = (text) => text }: Confidentiality = {},
): Judgement[] {
  const judged = clauses.map((clause) =>
    judgementOf(clause, () => {
      const finding = ofResponse(clause, response);
      const isHidden = confidential && showsBody(clause, response);
      return { ...finding, observed: isHidden ? notShown : redact(finding.observed) };
    }),
  );
  return clauses.some(({ kind }) => kind === 'status') ? judged : [successOf(response), ...judged];
}

const notShown = 'another value, which is not recorded because the request sent secrets';

function showsBody(clause: ValuedClause, response: JudgedResponse): boolean {
  if (clause.kind !== 'value') return false;
  const json = writtenJson(textOfBody(response));
  const isOne = (node: unknown) => node === null || typeof node !== 'object' || node instanceof WrittenNumber;
  return json !== undefined && (isOne(json.written) || !select(json, clause.path).every(isOne));
}

/** Judges every clause. Where none speaks of the exit code, one more is judged: exit 0. */
export function judgeCommand(clauses: ValuedClause[], outcome: CommandOutcome): Judgement[] {
  const exit0: Clause = { kind: 'exit', code: 0 };
  const all = clauses.some(({ kind }) => kind === 'exit') ? clauses : [exit0, ...clauses];
  return all.map((clause) => judgementOf(clause, () => ofCommand(clause, outcome)));
}

/** One line for each clause that does not hold: what was expected and what was seen. */
export function failingTexts(judgements: Judgement[]): string[] {
  return judgements
    .filter(({ ok }) => !ok)
    .map(({ expected, observed }) => `expected ${expected}, observed ${observed}`);
}

function judgementOf(clause: ValuedClause, judge: () => Finding): Judgement {
  const { ok, observed } = withoutThrowing(judge);
  return { clause, ok, observed: shortened(observed), expected: clauseText(clause) };
}

function withoutThrowing(judge: () => Finding): Finding {
  try {
    return judge();
  } catch (error) {
    if (error instanceof InvalidJsonPath || error instanceof BudgetExceeded)
      return { ok: false, observed: error.message };
    if (error instanceof NotUtf8) return { ok: false, observed: `a body that is ${error.message}` };
    throw error;
  }
}

function successOf({ status, statusText }: JudgedResponse): Judgement {
  const ok = status >= 200 && status <= 299;
  return {
    clause: { kind: 'status', status: ok ? status : 200 },
    ok,
    observed: `${status} ${statusText}`.trim(),
    expected: 'status 200 to 299',
  };
}

function ofCommand(clause: Clause, outcome: CommandOutcome): Finding {
  switch (clause.kind) {
    case 'exit':
      return {
        ok: outcome.exitCode === clause.code,
        observed: outcome.exitCode === null ? 'no exit code' : `exit ${outcome.exitCode}`,
      };
    case 'output-contains':
      return found(outcome.output.includes(clause.text), 'the output');
    case 'within':
      return { ok: outcome.durationMs <= clause.ms, observed: `${outcome.durationMs} ms` };
    default:
      return { ok: false, observed: 'a command, which has no such thing' };
  }
}

function ofResponse(clause: ValuedClause, response: JudgedResponse): Finding {
  switch (clause.kind) {
    case 'status':
      return { ok: response.status === clause.status, observed: `${response.status} ${response.statusText}`.trim() };
    case 'within':
      return { ok: response.latencyMs <= clause.ms, observed: `${response.latencyMs} ms` };
    case 'body-contains':
      return found(textOfBody(response).includes(clause.text), 'the body');
    case 'header':
      return ofHeader(clause, response.headers[clause.name.toLowerCase()]);
    case 'returns':
      return returnsFinding(clause, textOfBody(response));
    case 'value':
    case 'count':
      return ofJson(clause, textOfBody(response));
    default:
      return { ok: false, observed: 'a response, which has no such thing' };
  }
}

const found = (ok: boolean, where: string): Finding => ({
  ok,
  observed: ok ? `found in ${where}` : `not found in ${where}`,
});

function ofHeader({ operator, value }: Extract<Clause, { kind: 'header' }>, observed: string | undefined): Finding {
  if (observed === undefined) return { ok: false, observed: 'no such header' };
  const numbers = operator === '=' ? [] : [observed, value].map(numberOf);
  const ok = numbers.every((number) => number !== undefined)
    ? compare(numbers[0] ?? observed, operator, numbers[1] ?? value)
    : compare(observed, operator, value);
  return { ok, observed: JSON.stringify(observed) };
}

/** As it is written where JSON would write it so. */
function numberOf(text: string): number | WrittenNumber | undefined {
  const trimmed = text.trim();
  if (isDecimal(trimmed)) return new WrittenNumber(trimmed);
  return trimmed === '' || !Number.isFinite(Number(trimmed)) ? undefined : Number(trimmed);
}

function ofJson(clause: Extract<ValuedClause, { kind: 'value' | 'count' }>, body: string): Finding {
  const json = writtenJson(body);
  if (json === undefined) return notJson;
  if (clause.kind === 'count') {
    const counted = count(json, clause.path);
    return { ok: compare(counted, clause.operator, clause.value), observed: String(counted) };
  }
  const nodes = select(json, clause.path);
  if (nodes.length === 0) return nothingThere;
  const observed = nodes.map(jsonTextOf).join(', ');
  return { ok: nodes.every((node) => compare(node, clause.operator, expectedBeside(node, clause))), observed };
}

/** What was put in place of names is text; beside anything else it is the JSON that it says. */
function expectedBeside(node: unknown, { value, written, isSubstituted }: ValueClause): unknown {
  if (written !== undefined) return readWrittenJson(written).written;
  const isText = isSubstituted && typeof value === 'string' && typeof node !== 'string';
  const json = isText ? writtenJson(value) : undefined;
  return json === undefined ? value : json.written;
}

/** Says of what kind the body is, never what it holds: tokens and personal data stand here. */
function returnsFinding({ what, path }: Extract<Clause, { kind: 'returns' }>, body: string): Finding {
  if (path === undefined) return ofFullBody(what, body);
  const json = writtenJson(body);
  if (json === undefined) return notJson;
  const nodes = select(json, path);
  if (nodes.length === 0) return nothingThere;
  const fits = { jwt: isJwt, json: () => true, data: isData }[what];
  return nodes.some(fits)
    ? { ok: true, observed: `found at ${path}` }
    : { ok: false, observed: `${kindOf(nodes[0])} at ${path}` };
}

function ofFullBody(what: 'jwt' | 'json' | 'data', body: string): Finding {
  const ok = {
    jwt: () => findJwt(body) !== undefined,
    json: () => parsedJson(body) !== undefined,
    data: () => body.trim() !== '',
  }[what]();
  if (ok) return { ok, observed: 'found in the body' };
  return {
    ok,
    observed: body.trim() === '' ? 'an empty body' : `a body of ${Buffer.byteLength(body)} bytes without it`,
  };
}

const notJson: Finding = { ok: false, observed: 'a body that is not JSON' };
const nothingThere: Finding = { ok: false, observed: 'nothing there' };
const isData = (value: unknown) =>
  value !== null && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0);
const shortened = (text: string) => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
