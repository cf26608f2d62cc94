import { formatDuration } from './duration.ts';
import { formatQuantile, metricAliases } from './metrics.ts';
import type { Clause, Duty, Evidence, Limit, OnFailure, Request, Unit } from './plan.ts';

/** Text as a code span, with as many backticks as it needs. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  const padded = /^`|`$|^ .* $/.test(text) ? ` ${text} ` : text;
  return `${ticks}${padded}${ticks}`;
}

export function writeFailure(onFailure: OnFailure): string {
  if (onFailure === 'rollback') return 'Rollback immediately';
  return onFailure.startsWith('ask:') ? `Ask ${onFailure.slice(4)}` : onFailure === 'stop' ? 'Stop' : 'Continue';
}

export function writeDuty({ verb, duty }: Duty): string {
  return `${verb.replace('-', ' ')} by ${duty}`;
}

export function writeRequest({ method, path }: Request): string {
  return `${method} ${code(path)}`;
}

export function writeClause(clause: Clause): string {
  switch (clause.kind) {
    case 'exit':
      return `exit ${clause.code}`;
    case 'output-contains':
      return `output contains ${code(clause.text)}`;
    case 'within':
      return `within ${formatDuration(clause.ms)}`;
    case 'status':
      return clause.reason === undefined ? `${clause.status}` : `${clause.status} ${clause.reason}`;
    case 'returns': {
      const what = { jwt: 'JWT token', json: 'JSON', data: 'data' }[clause.what];
      return clause.path === undefined ? `returns ${what}` : `returns ${what} at ${code(clause.path)}`;
    }
    case 'value':
      return `${code(clause.path)} ${clause.operator} ${code(writeJson(clause.value))}`;
    case 'count':
      return `count ${code(clause.path)} ${clause.operator} ${clause.value}`;
    case 'header':
      return `header ${code(clause.name)} ${clause.operator} ${code(clause.value)}`;
    case 'body-contains':
      return `body contains ${code(clause.text)}`;
  }
}

/** JSON, or bare text where that is read as the same text. */
function writeJson(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

export function writeEvidence(evidence: Evidence): string {
  switch (evidence.reader) {
    case 'junit':
    case 'sarif':
      return `${evidence.reader} ${code(evidence.glob)}`;
    case 'commit-touches':
      return `commit touches ${code(evidence.path)}`;
    case 'url':
      return `url ${code(evidence.url)}`;
    case 'log':
      return `log ${logPlace(evidence)} has no ${evidence.patterns.map(code).join(', ')}`;
    case 'deployed-in':
      return `deployment of this version in ${evidence.environment}`;
    case 'rollback-rehearsed':
      return `rollback rehearsed within ${formatDuration(evidence.withinMs)}`;
  }
}

function logPlace({ files, command, loki }: Extract<Evidence, { reader: 'log' }>): string {
  if (command) return `of command ${code(command.text)}`;
  if (loki) return `from Loki ${code(loki.url)} with ${code(loki.query)}`;
  return code(files[0] ?? '');
}

/** The first name that stands for this metric alone; a query's name in backticks. */
export function writeMetric(metric: string): string {
  const found = Object.entries(metricAliases).find(([, names]) => names.length === 1 && names[0]!.metric === metric);
  return found ? found[0].charAt(0).toUpperCase() + found[0].slice(1) : code(metric);
}

/** A limit with the times that its document states. */
export function writeLimit(limit: Limit): string {
  const { metric, quantile, operator, value, unit, overMs, forMs, defaulted = [] } = limit;
  return [
    writeMetric(metric),
    ...(quantile === undefined ? [] : [formatQuantile(quantile)]),
    operator,
    writeQuantity(value, unit),
    ...(defaulted.includes('overMs') ? [] : [`over ${formatDuration(overMs)}`]),
    ...(defaulted.includes('forMs') ? [] : [`for ${formatDuration(forMs)}`]),
  ].join(' ');
}

function writeQuantity(value: number, unit: Unit): string {
  switch (unit) {
    case 'ratio':
      return `${plain(value * 100)}%`;
    case 'ms':
      return `${plain(value)}ms`;
    case 'bytes':
      return `${plain(value)}B`;
    case 'per-second':
      return `${plain(value)}/s`;
    case 'count':
      return plain(value);
  }
}

function plain(value: number): string {
  return String(Number(value.toPrecision(12)));
}
