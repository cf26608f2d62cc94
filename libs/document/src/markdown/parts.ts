import type { Report } from '../problems/report.ts';
import { budgets } from '../values/budgets.ts';

/** A run of lines that can be read on its own. */
export interface Part {
  readonly text: string;
  readonly firstLine: number;
}

const usualLines = 48;
const { lines: maximumLines, lineCharacters, blockLines, markers, indentation } = budgets.document;
const startsBlock = /^(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]|\*\*)/;
const deepMarkers = new RegExp(String.raw`^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?){${markers}}`);
const deepIndentation = new RegExp(String.raw`^[ \t]{${indentation},}(?:[-*+>]|\d{1,9}[.)])`);

/**
 * Cuts a document into parts at lines that end every open block, so that the work of the Markdown reader, which grows faster than
 * the length of one part, grows linearly with the length of the document. What it cannot read at that cost is an error and left out:
 * lines and blocks without end, nesting without end, and all that follows after too many lines.
 */
export function cutIntoParts(text: string, report: Report): Part[] {
  const parts: Part[] = [];
  const open = new OpenBlock();
  const fence = new AnyFence();
  let lines: string[] = [];
  const close = (nextLine: number): void => {
    if (lines.length > 0) parts.push({ text: lines.join('\n'), firstLine: nextLine - lines.length });
    lines = [];
  };
  const all = text.split('\n');
  for (const [index, line] of all.slice(0, maximumLines).entries()) {
    const number = index + 1;
    if (lines.length >= usualLines && open.isNone && startsBlock.test(line)) close(number);
    if (lines.length >= blockLines) {
      const message = `more than ${blockLines} lines belong to one block; divide it`;
      report.error({ line: number, column: 1 }, 'too-long', message);
      close(number);
    }
    lines.push(fence.holds(line) || isAffordable(line, number, report) ? line : '');
    open.read(line, number);
  }
  close(Math.min(all.length, maximumLines) + 1);
  if (all.length > maximumLines) {
    const message = `a document has at most ${maximumLines} lines; divide it`;
    report.error({ line: maximumLines + 1, column: 1 }, 'too-long', message);
  }
  return parts;
}

/** Whether the Markdown reader can take a line; one that stands in a fence costs it nothing. */
function isAffordable(line: string, number: number, report: Report): boolean {
  const start = /^(?:[ \t]+|[-*+>][ \t]|\d{1,9}[.)][ \t])*/.exec(line)![0].length;
  if (line.length - start > lineCharacters) {
    const at = { line: number, column: start + 1 };
    const message = `a line has at most ${lineCharacters} characters; put what is longer into a fence`;
    report.error(at, 'too-long', message);
    return false;
  }
  if (!deepMarkers.test(line) && !deepIndentation.test(line)) return true;
  const message = 'lists and quotations are nested too deeply to be read; indent less';
  report.error({ line: number, column: 1 }, 'too-deep', message);
  return false;
}

const nothing = { end: /^/, indentation: 0 };

/** Follows fences wherever they stand, also those of list items, which end with their item. */
class AnyFence {
  #open: { readonly end: RegExp; readonly indentation: number } | undefined;

  /** Whether the line stands within a fence; lines are shown one after another. */
  holds(line: string): boolean {
    const { end, indentation } = this.#open ?? nothing;
    if (this.#open && (line.trim() === '' || line.search(/\S/) >= indentation)) {
      if (end.test(line)) this.#open = undefined;
      return true;
    }
    this.#open = opened(line);
    return false;
  }
}

function opened(line: string): { readonly end: RegExp; readonly indentation: number } | undefined {
  const opening = /^([ \t]*(?:(?:[-*+>]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})(?!.*`)/.exec(line);
  if (!opening) return undefined;
  const [, before = '', ticks = ''] = opening;
  const end = new RegExp(`^[ \\t]*\\${ticks[0]}{${ticks.length},}\\s*$`);
  // No item holds lines that are indented less.
  return { end, indentation: Math.min(before.length, 2) };
}

/** Follows the blocks at the left margin that a list marker does not end: front matter, a fence, a comment. */
class OpenBlock {
  #end: RegExp | undefined;
  #kind: 'front-matter' | 'fence' | 'comment' | undefined;

  get isNone(): boolean {
    return this.#kind === undefined;
  }

  read(line: string, number: number): void {
    if (this.#end) {
      if (this.#end.test(line)) [this.#end, this.#kind] = [undefined, undefined];
      return;
    }
    const fence = /^ {0,3}(`{3,}|~{3,})(?!.*`)/.exec(line)?.[1];
    if (number === 1 && /^---\s*$/.test(line)) [this.#end, this.#kind] = [/^---\s*$/, 'front-matter'];
    else if (fence) [this.#end, this.#kind] = [new RegExp(`^ {0,3}\\${fence[0]}{${fence.length},}\\s*$`), 'fence'];
    else if (/^ {0,3}<!--(?!.*-->)/.test(line)) [this.#end, this.#kind] = [/-->/, 'comment'];
  }
}
