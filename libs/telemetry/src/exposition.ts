import { unusable } from './lacking.ts';

/** A series at one moment. */
export interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds; present where the exporter states when it measured. */
  readonly time?: number;
}

/** Label names and their values, unescaped. A label with an empty value is as good as absent. */
export type Labels = ReadonlyMap<string, string>;

export interface Exposition {
  /** Names with a series, and names that a TYPE line declares, also without a series yet. */
  readonly names: ReadonlySet<string>;
  readonly series: readonly Series[];
}

const maximumSeries = 100_000;

const special: Record<string, number> = { nan: NaN, inf: Infinity, '+inf': Infinity, '-inf': -Infinity };
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Numbers as the exposition formats and the query API write them; NaN where the text is not a number. */
export function parseNumber(text: string): number {
  return special[text.toLowerCase()] ?? (decimal.test(text) ? Number(text) : NaN);
}

/** Index of the brace that closes the one at `open`, outside of quoted values; -1 where there is none. */
function closingBrace(line: string, open: number): number {
  let quoted = false;
  for (let index = open + 1; index < line.length; index += 1) {
    const character = line[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === '}') return index;
  }
  return -1;
}

const nameAndBlanks = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?[ \t]*/;

/** `labels`: the text between the braces; undefined where there are none. Blanks may stand between all parts. */
function split(line: string): { name: string; labels: string | undefined; rest: string } | null {
  const [before = '', name = ''] = nameAndBlanks.exec(line) ?? [];
  if (line[before.length] !== '{') return { name, labels: undefined, rest: line.slice(before.length) };
  const end = closingBrace(line, before.length);
  return end < 0 ? null : { name, labels: line.slice(before.length + 1, end), rest: line.slice(end + 1) };
}

const escapes: Record<string, string> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };
const unescaped = (text: string): string => text.replaceAll(/\\[n"\\]/g, (escape) => escapes[escape] ?? escape);

const quoted = String.raw`"([^"\\]*(?:\\.[^"\\]*)*)"`;
// Sticky, so that each label is tried only where the one before it ended: linear in the length of the text.
const pair = new RegExp(String.raw`\s*(?:([a-zA-Z_][a-zA-Z0-9_]*)|${quoted})\s*(?:=\s*${quoted}\s*)?(?:,|$)`, 'y');

/** Null where the text is not a list of labels. A quoted name without a value is that of the metric (OpenMetrics 2, UTF-8 names). */
function parseLabels(text: string): { name: string | undefined; labels: Labels } | null {
  const labels = new Map<string, string>();
  let name: string | undefined;
  pair.lastIndex = 0;
  while (pair.lastIndex < text.length && text.slice(pair.lastIndex).trim() !== '') {
    const [found, plain, inQuotes, value] = pair.exec(text) ?? [];
    if (found === undefined) return null;
    const key = plain ?? unescaped(inQuotes ?? '');
    const isName = value === undefined && plain === undefined && name === undefined && labels.size === 0;
    if (labels.has(key) || (value === undefined && !isName)) return null;
    if (isName) name = key;
    else labels.set(key, unescaped(value ?? ''));
  }
  return { name, labels };
}

const noLabels: Labels = new Map();

/** `value [timestamp] [# exemplar]`; timestamps are seconds in OpenMetrics, milliseconds otherwise. */
function parseSeries(line: string, openMetrics: boolean): Series | null {
  const parts = split(line);
  const written = parts?.labels === undefined ? { name: undefined, labels: noLabels } : parseLabels(parts.labels);
  if (parts === null || written === null) return null;
  const [sample = '', exemplar] = parts.rest.split('#', 2);
  const [value = '', timestamp, ...more] = sample.trim().split(/[ \t]+/);
  const name = parts.name === '' ? written.name : written.name === undefined ? parts.name : undefined;
  const time = timestamp === undefined ? undefined : parseNumber(timestamp) * (openMetrics ? 1000 : 1);
  const number = parseNumber(value);
  const isComplete =
    name !== undefined &&
    more.length === 0 &&
    (exemplar === undefined || openMetrics) &&
    (time === undefined || Number.isFinite(time)) &&
    (!Number.isNaN(number) || value.toLowerCase() === 'nan');
  return isComplete ? { name, labels: written.labels, value: number, ...(time === undefined ? {} : { time }) } : null;
}

const suffixes: Record<string, readonly string[]> = {
  counter: ['', '_total'],
  histogram: ['_bucket', '_count', '_sum'],
  summary: ['', '_count', '_sum'],
};

/** `# TYPE http_requests counter` declares `http_requests_total` in OpenMetrics. */
function declared(line: string): string[] {
  const [, keyword, name = '', type = ''] = line.split(/\s+/);
  return keyword === 'TYPE' ? (suffixes[type] ?? ['']).map((suffix) => name + suffix) : [];
}

/** The same for the same series, however its labels are ordered and its bounds are written. */
export function identity({ name, labels }: Pick<Series, 'name' | 'labels'>): string {
  const given = [...labels]
    .filter(([, value]) => value !== '')
    .map(([key, value]) => [key, key === 'le' ? boundOf(value) : value]);
  return JSON.stringify([name, ...given.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))]);
}

/** `1` and `1.0` are the same bound of a bucket. */
export function boundOf(le: string): string {
  const bound = parseNumber(le);
  if (bound === Infinity) return '+Inf';
  return Number.isNaN(bound) ? le : String(bound);
}

/**
 * Reads the Prometheus text format and OpenMetrics in one pass, keeping the series that `keep` names. A line that is neither may be a
 * series of any name, so that the whole text is refused, as Prometheus refuses it.
 *
 * @throws Lacking (`error`) for a text without any metric, with a line that cannot be read, with a series that stands twice, a text without its
 * end, and for more than 100,000 series
 */
export function parseExposition(text: string, openMetrics: boolean, keep: (name: string) => boolean): Exposition {
  const names = new Set<string>();
  const series = new Map<string, Series>();
  let [count, number] = [0, 0];
  let unreadable: string | undefined;
  let isEnded = false;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    const feed = text.indexOf('\n', start);
    end = feed < 0 ? text.length : feed;
    number += 1;
    const line = text.slice(start, end).trim();
    // What was cut may be the digits of a value, and more lines: both formats end each line, except the last of OpenMetrics.
    if (feed < 0 && line !== '' && line !== '# EOF')
      unreadable ??= `the reply is not whole: its line ${number} has no end`;
    if (line.startsWith('#')) for (const name of declared(line)) names.add(name);
    if (line === '# EOF') isEnded = true;
    const read = line === '' || line.startsWith('#') ? undefined : parseSeries(line, openMetrics);
    if (read === null) unreadable ??= `line ${number} is not of the exposition format: ${line.slice(0, 80)}`;
    if (!read) continue;
    count += 1;
    if (count > maximumSeries) throw unusable(`more than ${maximumSeries} series`);
    names.add(read.name);
    if (!keep(read.name)) continue;
    const key = identity(read);
    if (series.has(key)) unreadable ??= `line ${number} has a series for the second time: ${line.slice(0, 80)}`;
    series.set(key, read);
  }
  if (names.size === 0) throw unusable('the reply holds no metrics');
  if (unreadable !== undefined) throw unusable(unreadable);
  if (openMetrics && !isEnded) throw unusable('the reply is not whole: it does not end with # EOF');
  return { names, series: [...series.values()] };
}
