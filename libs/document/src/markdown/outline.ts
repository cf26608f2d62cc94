import { masked } from './code-spans.ts';
import { readBlocks, type Block, type Fence, type Item } from './markdown.ts';
import { cutIntoParts } from './parts.ts';
import type { Report } from '../problems/report.ts';
import { nearSection, sectionName, sectionOf, type SectionKey } from './sections.ts';
import { Span, type Place } from './span.ts';
import { isReadable } from './traps.ts';

/** A bullet or a numbered item of a section. */
export interface Line {
  readonly span: Span;
  readonly at: Place;
  readonly ordered: boolean;
  /** The number as written, of a numbered item. */
  readonly marker: string;
  /** Already reported as unreadable: its place is taken, its meaning is not read. */
  readonly broken: boolean;
  /** Something inside of it is already reported as unreadable, so that what is absent may stand there. */
  damaged: boolean;
  readonly children: Line[];
  readonly fences: Fence[];
}

export interface Section {
  readonly key: SectionKey;
  readonly heading: Span;
  /** What stands behind a bold label. */
  readonly value: Span | undefined;
  readonly lines: Line[];
  readonly fences: Fence[];
}

export interface Outline {
  readonly title: Span | undefined;
  readonly frontMatter: { readonly at: Place; readonly text: string } | undefined;
  readonly sections: ReadonlyMap<SectionKey, Section>;
}

type List = Block & { readonly kind: 'list' };

/** What the language says of lines wherever they stand. */
export interface Recognition {
  readonly isLabel: (text: string) => boolean;
  /** The section that a list is meant for, below a heading within another section that opens none. */
  readonly meantSection: (
    within: SectionKey,
    list: List,
    isThere: (key: SectionKey) => boolean,
  ) => SectionKey | undefined;
}

/** Divides a document into the sections of the language and each section into its lines. */
export function readOutline(text: string, recognition: Recognition, report: Report): Outline {
  const outliner = new Outliner(recognition, report);
  for (const part of cutIntoParts(text, report)) outliner.add(readBlocks(part.text, part.firstLine));
  return outliner.outline;
}

/** A list as if it stood in a section; the numbers that steps have are taken for granted. */
export function outlineOfList(key: SectionKey, list: List, isLabel: Recognition['isLabel'], report: Report): Outline {
  const outliner = new Outliner({ isLabel, meantSection: () => undefined }, report);
  const name = sectionName(key);
  const heading = { kind: 'heading' as const, span: new Span(name, list.at.line, list.at.column), depth: 3 };
  outliner.add([heading, { ...list, ordered: true }]);
  return outliner.outline;
}

class Outliner {
  readonly #sections = new Map<SectionKey, Section>();
  #title: Span | undefined;
  #frontMatter: Outline['frontMatter'];
  #current: Section | undefined;
  /** A heading that opens no section: what stands below it is prose. */
  #unknown: { readonly heading: Span; readonly nested: boolean } | undefined;
  #insideSection = false;
  #within: SectionKey | undefined;
  /** Sections that a list below another heading is read as, until the section itself comes. */
  readonly #guessed = new Set<SectionKey>();
  /** The paragraph just read, which a rule below it makes a heading. */
  #pending: readonly Span[] = [];
  #numbered: { readonly line: Line; readonly column: number } | undefined;

  constructor(
    private readonly recognition: Recognition,
    private readonly report: Report,
  ) {}

  get outline(): Outline {
    return { title: this.#title, frontMatter: this.#frontMatter, sections: this.#sections };
  }

  add(blocks: readonly Block[]): void {
    for (const block of blocks) {
      const pending = this.#pending;
      this.#pending = [];
      if (block.kind !== 'list') this.#numbered = undefined;
      this.#addBlock(block, pending);
    }
  }

  #addBlock(block: Block, before: readonly Span[]): void {
    switch (block.kind) {
      case 'front-matter':
        this.#frontMatter = block;
        return;
      case 'heading':
        return this.#openHeading(block.span, block.depth);
      case 'paragraph':
        return this.#addParagraph(block.lines);
      case 'rule':
        return this.#addRule(block.lines[0]!, before);
      case 'list':
        return this.#addList(block);
      case 'fence':
        return this.#addFence(block);
      case 'table':
        return this.#addTable(block.lines);
      case 'html':
        return this.#addHtml(block);
      case 'quote':
        return this.#addQuote(block.lines);
    }
  }

  #openHeading(heading: Span, depth: number): void {
    const key = sectionOf(heading.text);
    if (key) return this.#open(key, heading, undefined);
    if (depth === 1 && !this.#title && !nearSection(heading.text)) {
      this.#title = heading;
      this.#unknown = { heading, nested: false };
      isReadable(heading, this.report);
      return;
    }
    this.#openUnknown(heading, depth);
  }

  #open(key: SectionKey, heading: Span, value: Span | undefined): void {
    const earlier = this.#guessed.delete(key) ? undefined : this.#sections.get(key);
    if (earlier) {
      const message = `*${sectionName(key)}* stands twice; remove one of them, the first is in line ${earlier.heading.line}`;
      this.report.error(heading, 'repeated-section', message);
    }
    const usable = value !== undefined && isReadable(value, this.report) ? value : undefined;
    this.#unknown = undefined;
    this.#insideSection = true;
    this.#within = key;
    this.#current = { key, heading, value: usable, lines: [], fences: [] };
    if (!earlier) this.#sections.set(key, this.#current);
  }

  #openUnknown(heading: Span, depth: number): void {
    const near = nearSection(heading.text);
    if (near) {
      const message = `“${heading.text}” is not a section of the language; did you mean “${near}”?`;
      this.report.error(heading, 'unknown-section', message, near);
      const key = sectionOf(near)!;
      if (!this.#sections.has(key)) return this.#open(key, heading, undefined);
    }
    if (depth <= 2) this.#insideSection = false;
    this.#unknown = near ? undefined : { heading, nested: this.#insideSection };
    this.#current = undefined;
  }

  #addParagraph(lines: readonly Span[]): void {
    if (lines.length === 2 && /^=+$/.test(lines[1]!.text)) return this.#openHeading(lines[0]!, 2);
    if (lines.length > 1 && isDelimiterRow(lines[1]!.text)) return this.#addTable(lines);
    this.#pending = lines;
    for (const line of lines) this.#addProse(line);
  }

  #addProse(line: Span): void {
    const label = boldLabel(line);
    const key = label && sectionOf(label.name.text);
    if (label && key) return this.#open(key, label.name, label.value);
    if (label && (label.value === undefined || nearSection(label.name.text))) return this.#openUnknown(label.name, 3);
    if (this.#current && this.recognition.isLabel(line.text)) this.#reportUnread(line);
  }

  #reportUnread(line: Span): void {
    const message = 'this is prose and would not be read; begin the line with “- ”';
    this.report.error(line, 'unread-prose', message, `- ${line.text}`);
  }

  #addRule(rule: Span, before: readonly Span[]): void {
    const [line, ...others] = before;
    if (line && others.length === 0 && line.line === rule.line - 1 && /^-+$/.test(rule.text))
      this.#openHeading(line, 2);
  }

  #addQuote(lines: readonly Span[]): void {
    const text = lines[0]!.slice(/^>\s*/.exec(lines[0]!.text)?.[0].length ?? 0).trim();
    if (this.#current && this.recognition.isLabel(text.text)) this.#reportUnread(text);
  }

  #addHtml(block: Block & { kind: 'html' }): void {
    if (!this.#current || block.comment) return;
    this.report.error(block.lines[0]!, 'html', 'this is HTML and invisible to readers; write Markdown');
  }

  #addTable(lines: readonly Span[]): void {
    if (!this.#current) return;
    const split = lines.find((line) => line.text !== masked(line.text) && !sameBars(line.text));
    const message = split
      ? 'in a table `|` divides cells even inside of backticks; write bullets'
      : 'a table is not read here; write bullets';
    this.report.error(split ?? lines[0]!, 'table', message);
  }

  #addFence(fence: Fence): void {
    if (!fence.closed) this.#reportUnclosed(fence);
    else if (this.#current) this.#current.fences.push(fence);
    else this.#reportUnknown(false);
  }

  #reportUnclosed(fence: Fence): void {
    this.report.error(
      fence.at,
      'unclosed-fence',
      'this fence is never closed and swallows what follows; close it with ```',
    );
  }

  #addList(list: List): void {
    if (!this.#current) return this.#addUnknownList(list);
    if (this.#belongsToNumbered(list)) return this.#adopt(list);
    for (const item of list.items) {
      const lines = this.#lines(item, list.ordered);
      this.#current.lines.push(...lines);
      const line = lines[0];
      this.#numbered = line && list.ordered ? { line, column: item.at.column } : undefined;
    }
  }

  /** A bullet that is indented, but not far enough for Markdown to see it inside of the numbered item above. */
  #belongsToNumbered(list: List): boolean {
    return this.#numbered !== undefined && !list.ordered && list.at.column > this.#numbered.column;
  }

  #adopt(list: List): void {
    const { line, column } = this.#numbered!;
    const depth = line.marker.length + 2;
    const message = `read as part of “${line.span.text}”, but Markdown shows it outside; indent it by ${column - 1 + depth}`;
    for (const item of list.items) {
      if (item.at.column > column) {
        this.report.warn(item.at, 'outdented-bullet', message);
        const children = this.#lines(item, false);
        line.children.push(...children);
        line.damaged ||= children.some((child) => child.broken);
      } else this.#current!.lines.push(...this.#lines(item, false));
    }
  }

  #addUnknownList(list: List): void {
    if (this.#unknown?.nested && this.#within) {
      const meant = this.recognition.meantSection(this.#within, list, (key) => this.#sections.has(key));
      if (meant) return this.#addToMeant(meant, list, this.#unknown.heading);
    }
    const texts = list.items.flatMap((item) => item.blocks.flatMap(firstText));
    this.#reportUnknown(texts.some((text) => this.recognition.isLabel(text)));
  }

  /** The lines are read, so that what is wrong with them is reported at once; where the section stands already they are not. */
  #addToMeant(key: SectionKey, list: List, heading: Span): void {
    const name = sectionName(key);
    const message = `“${heading.text}” is not a section of the language, and what stands below it would not be done; did you mean “${name}”?`;
    this.report.error(heading, 'unknown-section', message, name);
    this.#unknown = undefined;
    if (this.#sections.has(key)) return;
    this.#open(key, heading, undefined);
    this.#guessed.add(key);
    this.#addList(list);
  }

  #reportUnknown(hasLabels: boolean): void {
    if (!this.#unknown || !(this.#unknown.nested || hasLabels)) return;
    const { heading } = this.#unknown;
    this.#unknown = undefined;
    const message = `“${heading.text}” is not a section of the language, and nothing below it is executed; write what is to be done below a heading of the template`;
    this.report.warn(heading, 'unknown-section', message);
  }

  /** The line of a list item, followed by those that Markdown wrongly draws into it. */
  #lines(item: Item, ordered: boolean): Line[] {
    const [first, ...rest] = item.blocks;
    if (first?.kind !== 'paragraph' || first.lines[0]!.isEmpty) return this.#unreadableItem(item, first);
    const span = withoutCheckBox(first.lines[0]!);
    const broken = !isReadable(span, this.report);
    const line: Line = {
      span,
      at: item.at,
      ordered,
      marker: item.marker,
      broken,
      damaged: false,
      children: [],
      fences: [],
    };
    const swallowed = first.lines.slice(1).map((text) => this.#swallowed(text, line));
    const before = this.report.errorCount;
    for (const block of rest) this.#addToLine(block, line);
    line.damaged = this.report.errorCount > before || line.children.some((child) => child.broken);
    return [line, ...swallowed];
  }

  #swallowed(span: Span, above: Line): Line {
    const message = `without a bullet of its own this belongs to the line above, “${above.span.text}”; begin it with “- ”`;
    this.report.error(span, 'swallowed-line', message, `- ${span.text}`);
    return { ...above, span, at: span, broken: true, children: [], fences: [] };
  }

  #unreadableItem(item: Item, first: Block | undefined): Line[] {
    const quoted = first?.kind === 'quote' ? first.lines[0]! : undefined;
    if (quoted) {
      const message = '`>` right after the bullet makes a quotation of the line; write the metric first';
      this.report.error(quoted, 'quotation', message);
    } else if (first?.kind === 'html') this.#addHtml(first);
    else if (first?.kind === 'heading') this.#reportHeading(first.span);
    else this.report.error(item.at, 'empty-line', 'this bullet says nothing; write something, or remove it');
    return [];
  }

  #addToLine(block: Block, line: Line): void {
    switch (block.kind) {
      case 'list':
        line.children.push(...block.items.flatMap((item) => this.#lines(item, block.ordered)));
        return;
      case 'fence':
        if (!block.closed) this.#reportUnclosed(block);
        line.fences.push(block);
        return;
      case 'paragraph':
        for (const text of block.lines) if (this.recognition.isLabel(text.text)) this.#reportUnread(text);
        return;
      case 'table':
        return this.#addTable(block.lines);
      case 'html':
        return this.#addHtml(block);
      case 'quote':
        return this.#addQuote(block.lines);
      case 'heading':
        return this.#reportHeading(block.span);
      default:
        return;
    }
  }

  #reportHeading(span: Span): void {
    this.report.error(
      span,
      'heading-in-item',
      'a heading inside of a bullet opens no section; begin it at the left margin',
    );
  }
}

/** `**Label:**`, `**Label**:` or `**Label:** value`, alone on its line. */
function boldLabel(line: Span): { name: Span; value: Span | undefined } | undefined {
  const found = /^(\*\*|__)(?=\S)([^*_]+)\1(:?)(.*)$/.exec(line.text);
  if (!found) return undefined;
  const [, , name = '', colon, rest = ''] = found;
  const value = line.slice(line.text.length - rest.length).trim();
  if (!value.isEmpty && !colon && !name.trimEnd().endsWith(':')) return undefined;
  const label = line.slice(2, 2 + name.length).trim();
  const bare = label.slice(0, label.text.replace(/\s*:$/, '').length);
  return { name: bare, value: value.isEmpty ? undefined : value };
}

/** A box ticked manually proves nothing, so its state is of no interest. */
function withoutCheckBox(span: Span): Span {
  return span.slice(/^\[[ xX]\]\s+/.exec(span.text)?.[0].length ?? 0);
}

/** The texts of a block and of the lists in it, as far as labels may stand there. */
function firstText(block: Block): string[] {
  if (block.kind === 'paragraph') return [block.lines[0]!.text];
  return block.kind === 'list' ? block.items.flatMap((item) => item.blocks.flatMap(firstText)) : [];
}

function isDelimiterRow(text: string): boolean {
  return text.includes('|') && /^[\s|:-]+$/.test(text) && text.includes('-');
}

/** Whether all `|` of a row stand outside of its code. */
function sameBars(text: string): boolean {
  return text.split('|').length === masked(text).split('|').length;
}
