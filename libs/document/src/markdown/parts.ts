import type { Report } from '../problems/report.ts';

/** A run of lines that can be read on its own. */
export interface Part {
  readonly text: string;
  readonly firstLine: number;
}

const usualLines = 48;
const maximumLines = 1_000;
const startsBlock = /^(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]|\*\*)/;
const deepMarkers = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?){9}/;
const deepIndentation = /^[ \t]{48,}(?:[-*+>]|\d{1,9}[.)])/;

/**
 * Cuts a document into parts at lines that end every open block, so that the work of the Markdown reader, which grows faster than
 * the length of one part, grows linearly with the length of the document. Nesting without end and parts without end are errors.
 */
export function cutIntoParts(text: string, report: Report): Part[] {
  const parts: Part[] = [];
  const open = new OpenBlock();
  let lines: string[] = [];
  const close = (nextLine: number): void => {
    if (lines.length > 0) parts.push({ text: lines.join('\n'), firstLine: nextLine - lines.length });
    lines = [];
  };
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1;
    if (lines.length >= usualLines && open.isNone && startsBlock.test(line)) close(number);
    if (lines.length >= maximumLines) {
      report.error(
        { line: number, column: 1 },
        'too-long',
        `more than ${maximumLines} lines belong to one block; divide it`,
      );
      close(number);
    }
    const tooDeep = !open.isFence && (deepMarkers.test(line) || deepIndentation.test(line));
    if (tooDeep)
      report.error(
        { line: number, column: 1 },
        'too-deep',
        'lists and quotations are nested too deeply to be read; indent less',
      );
    lines.push(tooDeep ? '' : line);
    open.read(line, number);
  }
  close(text.split('\n').length + 1);
  return parts;
}

/** Follows the blocks at the left margin that a list marker does not end: front matter, a fence, a comment. */
class OpenBlock {
  #end: RegExp | undefined;
  #kind: 'front-matter' | 'fence' | 'comment' | undefined;

  get isNone(): boolean {
    return this.#kind === undefined;
  }

  get isFence(): boolean {
    return this.#kind === 'fence';
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
