import { unusable } from './lacking.ts';

export interface Series {
  readonly name: string;
  /** The text between the braces, as the exporter wrote it: with the name it identifies the series. */
  readonly labels: string;
  readonly value: number;
  /** Milliseconds; present where the exporter states when it measured. */
  readonly time?: number;
}

export interface Exposition {
  /** Names with a series, and names that a TYPE line declares, also without a series yet. */
  readonly names: ReadonlySet<string>;
  readonly series: readonly Series[];
}

const maximumSeries = 100_000;

const special: Record<string, number> = { nan: NaN, inf: Infinity, '+inf': Infinity, '-inf': -Infinity };

/** Numbers as the exposition formats and the query API write them; NaN where the text is not a number. */
export function parseNumber(text: string): number {
  if (text === '') return NaN;
  return special[text.toLowerCase()] ?? Number(text);
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

const nameOf = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

function split(line: string): { name: string; labels: string; rest: string } | null {
  const name = nameOf.exec(line)?.[0];
  if (name === undefined) return null;
  if (line[name.length] !== '{') return { name, labels: '', rest: line.slice(name.length) };
  const end = closingBrace(line, name.length);
  return end < 0 ? null : { name, labels: line.slice(name.length + 1, end), rest: line.slice(end + 1) };
}

/** `value [timestamp] [# exemplar]`; timestamps are seconds in OpenMetrics, milliseconds otherwise. */
function parseSeries(line: string, openMetrics: boolean): Series | null {
  const parts = split(line);
  if (!parts) return null;
  const [value = '', timestamp] = (parts.rest.split('#', 1)[0] ?? '').trim().split(/\s+/);
  if (value === '' || (Number.isNaN(parseNumber(value)) && value.toLowerCase() !== 'nan')) return null;
  const time = timestamp === undefined ? undefined : Number(timestamp) * (openMetrics ? 1000 : 1);
  const { name, labels } = parts;
  return { name, labels, value: parseNumber(value), ...(time !== undefined && Number.isFinite(time) ? { time } : {}) };
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

/**
 * Reads the Prometheus text format and OpenMetrics in one pass, keeping the series that `keep` names. Lines that are
 * neither are passed over, unless no line is one.
 *
 * @throws Lacking (`error`) for a text without any metric, and for more than 100,000 series
 */
export function parseExposition(text: string, openMetrics: boolean, keep: (name: string) => boolean): Exposition {
  const names = new Set<string>();
  const series: Series[] = [];
  let count = 0;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end).trim();
    if (line.startsWith('#')) for (const name of declared(line)) names.add(name);
    const read = line === '' || line.startsWith('#') ? null : parseSeries(line, openMetrics);
    if (!read) continue;
    count += 1;
    if (count > maximumSeries) throw unusable(`more than ${maximumSeries} series`);
    names.add(read.name);
    if (keep(read.name)) series.push(read);
  }
  if (names.size === 0) throw unusable('the answer holds no metrics');
  return { names, series };
}

const escapes: Record<string, string> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

// Sticky, so that each label is tried only where the one before it ended: linear in the length of the text.
const label = /[\s,]*([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")\s*=\s*"((?:[^"\\]|\\.)*)"/gy;

/** The value of one label in the text between the braces. */
export function labelOf(labels: string, name: string): string | undefined {
  for (const [, key, value = ''] of labels.matchAll(label)) {
    if (key === name) return value.replace(/\\[n"\\]/g, (escape) => escapes[escape] ?? escape);
  }
  return undefined;
}
