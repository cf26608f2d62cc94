import { formatDuration } from '../values/duration.ts';
import { isNone } from '../reading/forms.ts';
import { quantileName } from '../values/figures.ts';
import { metricAliases } from '../values/metrics.ts';
import { parseQuantity } from '../values/quantity.ts';
import type { Clause, Duty, Evidence, OnFailure, Request } from '../plan/values.ts';
import type { Limit, Unit } from '../plan/monitoring.ts';

/** Text as a code span, with as many backticks as it needs. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  const isPadded = /^`|`$/.test(text) || (/^ .* $/.test(text) && text.trim() !== '');
  return isPadded ? `${ticks} ${text} ${ticks}` : `${ticks}${text}${ticks}`;
}

/** A word that may stand bare; in backticks where it would be read as something else. */
export function bare(text: string): string {
  return /^#?[\w.+/-]+$/.test(text) && !isNone(text) ? text : code(text);
}

const marks = /^(?:[-+#>~=|<[\]_&\\!:]|\*(?!\*[\p{L}\p{N}])|\d{1,9}[.)](?:\s|$)|`{3})/u;

/** Text at the beginning of an item; behind a box where Markdown would make something else of it. */
export function lead(text: string): string {
  return marks.test(text) ? boxed(text) : text;
}

/** Text behind an open box. One that itself begins with a box is read after two of them. */
export function boxed(text: string): string {
  return /^\[[ xX]\]\s/.test(text) ? `[ ] [ ] ${text}` : `[ ] ${text}`;
}

/** Whether a text fits into a line beside others; what is longer stands in a fence. */
export function isShort(text: string): boolean {
  return text.length < 1_000;
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
      return `${code(clause.path)} ${clause.operator} ${code(clause.written ?? writeJson(clause.value))}`;
    case 'count':
      return `count ${code(clause.path)} ${clause.operator} ${clause.value}`;
    case 'header':
      return `header ${code(clause.name)} ${clause.operator} ${code(clause.value)}`;
    case 'body-contains':
      return `body contains ${code(clause.text)}`;
  }
}

// oxlint-disable-next-line no-control-regex -- these stand in no line of a document
const unwritable = /[\u0000-\u001F\u007F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/** JSON, or bare text where that is read as the same text. */
function writeJson(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.search(unwritable) < 0 && !isJson(value)) return value;
  return JSON.stringify(value).replace(
    unwritable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
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

/** The first name that stands for this metric alone; of a query its own. */
export function metricName(metric: string): string {
  const found = Object.entries(metricAliases).find(([, names]) => names.length === 1 && names[0]!.metric === metric);
  return found?.[0] ?? metric;
}

/** A metric as a line names it; that of a query in backticks. */
export function writeMetric(metric: string): string {
  const name = metricName(metric);
  return Object.hasOwn(metricAliases, name) ? name.charAt(0).toUpperCase() + name.slice(1) : code(name);
}

/** A limit with the times that its document states. */
export function writeLimit(limit: Limit): string {
  const { metric, quantile, operator, value, unit, overMs, forMs, defaulted = [] } = limit;
  return [
    writeMetric(metric),
    ...(quantile === undefined ? [] : [quantileName(quantile)]),
    operator,
    writeQuantity(value, unit),
    ...(defaulted.includes('overMs') ? [] : [`over ${formatDuration(overMs)}`]),
    ...(defaulted.includes('forMs') ? [] : [`for ${formatDuration(forMs)}`]),
  ].join(' ');
}

const suffixes: Readonly<Record<Unit, readonly (readonly [suffix: string, size: number])[]>> = {
  ratio: [['%', 0.01]],
  ms: [
    ['ms', 1],
    ['s', 1_000],
    ['m', 60_000],
  ],
  bytes: [
    ['B', 1],
    ['MiB', 2 ** 20],
    ['TiB', 2 ** 40],
    ['MB', 1e6],
    ['TB', 1e12],
  ],
  count: [['', 1]],
  'per-second': [['/s', 1]],
};

/** The first way to write a quantity that is read as the same. */
export function writeQuantity(value: number, unit: Unit): string {
  const ways = suffixes[unit].map(([suffix, size]) => `${plain(value / size)}${suffix}`);
  return ways.find((way) => parseQuantity(way)?.value === value) ?? ways[0]!;
}

/** Decimal digits without an exponent. */
function plain(value: number): string {
  const digits = Number(value.toPrecision(15)).toFixed(9);
  return digits.includes('e') ? digits : digits.replace(/\.?0+$/, '');
}
