import { Span } from './span.ts';

/** Stands for every character of a code span in a masked text; patterns write it as CODE. */
const mask = '\uE000';

interface Ticks {
  readonly start: number;
  readonly length: number;
}

interface CodeSpan {
  readonly start: number;
  readonly end: number;
  readonly ticks: number;
}

function tickRuns(text: string): Ticks[] {
  return [...text.matchAll(/`+/g)].map((run) => ({ start: run.index, length: run[0].length }));
}

/** Pairs each run of backticks with the next of the same length, as Markdown does; returns the pairs and the first unpaired run. */
function pairTicks(text: string): { spans: CodeSpan[]; unclosed: number | undefined } {
  const runs = tickRuns(text);
  const later = new Map<number, number[]>();
  runs.forEach((run, index) => later.set(run.length, [...(later.get(run.length) ?? []), index]));
  const spans: CodeSpan[] = [];
  let unclosed: number | undefined;
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index]!;
    const same = later.get(run.length)!;
    while (same.length > 0 && same[0]! <= index) same.shift();
    const closing = same[0];
    if (closing === undefined) unclosed ??= run.start;
    else {
      spans.push({ start: run.start, end: runs[closing]!.start + run.length, ticks: run.length });
      index = closing;
    }
  }
  return { spans, unclosed };
}

/** The offset of a backtick that opens code and never closes it. */
export function unclosedBacktick(text: string): number | undefined {
  return pairTicks(text).unclosed;
}

/** The text with each code span, backticks included, replaced by as many mask characters. */
export function masked(text: string): string {
  const plain = text.replaceAll(mask, '?');
  let result = '';
  let from = 0;
  for (const span of pairTicks(text).spans) {
    result += plain.slice(from, span.start) + mask.repeat(span.end - span.start);
    from = span.end;
  }
  return result + plain.slice(from);
}

/** A pattern over masked text: CODE stands for a code span, white space for white space, the whole is anchored and case-insensitive. */
export function pattern(source: string): RegExp {
  return new RegExp(`^${source.replaceAll('CODE', `${mask}+`).replaceAll(' ', '\\s+')}$`, 'di');
}

/** Matches a span against a pattern; the named groups come back as spans. */
export function match(span: Span, expression: RegExp): Partial<Record<string, Span>> | undefined {
  const found = expression.exec(masked(span.text));
  if (!found) return undefined;
  const groups = found.indices?.groups ?? {};
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, range]) => (range ? [[name, span.slice(range[0], range[1])]] : [])),
  );
}

/** The content of a span that is exactly one code span; otherwise nothing. */
export function codeContent(span: Span): Span | undefined {
  const ticks = /^`+/.exec(span.text)?.[0].length ?? 0;
  if (ticks === 0 || !/^\uE000+$/.test(masked(span.text))) return undefined;
  const inner = span.slice(ticks, span.text.length - ticks);
  const padded = inner.text.startsWith(' ') && inner.text.endsWith(' ') && inner.text.trim() !== '';
  return padded ? inner.slice(1, inner.text.length - 1) : inner;
}

/** Splits at a separator outside of code spans; the parts are trimmed. */
export function splitOutsideCode(span: Span, separator: RegExp): Span[] {
  const parts: Span[] = [];
  let from = 0;
  for (const found of masked(span.text).matchAll(separator)) {
    parts.push(span.slice(from, found.index).trim());
    from = found.index + found[0].length;
  }
  return [...parts, span.slice(from).trim()];
}
