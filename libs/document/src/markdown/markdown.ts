import type { ListItem, RootContent } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified, type Processor } from 'unified';
import { RecentTrees } from './recent-trees.ts';
import { Span, type Place } from './span.ts';

/** What the grammar sees of Markdown: blocks with their source, never rendered text. */
export type Block =
  | { readonly kind: 'heading'; readonly span: Span; readonly depth: number }
  | { readonly kind: 'paragraph'; readonly lines: readonly Span[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly at: Place; readonly items: readonly Item[] }
  | Fence
  | { readonly kind: 'quote' | 'table' | 'rule'; readonly lines: readonly Span[] }
  | { readonly kind: 'html'; readonly lines: readonly Span[]; readonly comment: boolean }
  | { readonly kind: 'front-matter'; readonly at: Place; readonly text: string };

export interface Item {
  readonly at: Place;
  /** The number as written. */
  readonly marker: string;
  readonly blocks: readonly Block[];
}

export interface Fence {
  readonly kind: 'fence';
  readonly at: Place;
  readonly info: string;
  readonly lines: readonly Span[];
  readonly closed: boolean;
}

/**
 * Only the block structure is of interest: inline text is read from the source. Without the inline constructs the reader's
 * work stays linear, and `_`, `*` or `&gt;` in a value are what they look like. Headings are those with `#`; underlined ones
 * are recognised by the outline.
 */
const inlineConstructs = (
  'attention autolink characterEscape characterReference codeText hardBreakEscape htmlText labelEnd labelStartImage ' +
  'labelStartLink definition setextUnderline codeIndented gfmFootnoteCall gfmPotentialFootnoteCall gfmFootnoteDefinition ' +
  'wwwAutolink protocolAutolink emailAutolink strikethrough'
).split(' ');

function blocksOnly(this: Processor): void {
  const data = this.data();
  (data.micromarkExtensions ??= []).push({ disable: { null: inlineConstructs } });
}

const markdown = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter, ['yaml']).use(blocksOnly);

const trees = new RecentTrees((part) => markdown.parse(part).children);

/** Reads one part of a document; `firstLine` is the number of its first line. */
export function readBlocks(part: string, firstLine: number): Block[] {
  return new Reader(part, firstLine).blocks(trees.of(part));
}

class Reader {
  readonly #lines: readonly string[];

  constructor(
    part: string,
    private readonly firstLine: number,
  ) {
    this.#lines = part.split('\n');
  }

  blocks(nodes: readonly RootContent[]): Block[] {
    return nodes.map((node) => this.#block(node));
  }

  #block(node: RootContent): Block {
    switch (node.type) {
      case 'heading':
        return { kind: 'heading', span: headingText(this.#spans(node)[0]!), depth: node.depth };
      case 'list':
        return {
          kind: 'list',
          ordered: node.ordered === true,
          at: this.#place(node),
          items: node.children.map((item) => this.#item(item)),
        };
      case 'code':
        return this.#fence(node, node.value, [node.lang, node.meta].filter(Boolean).join(' '));
      case 'blockquote':
        return { kind: 'quote', lines: this.#spans(node) };
      case 'table':
        return { kind: 'table', lines: this.#spans(node) };
      case 'thematicBreak':
        return { kind: 'rule', lines: this.#spans(node) };
      case 'html':
        return { kind: 'html', lines: this.#spans(node), comment: /^<!--[\s\S]*-->\s*$/.test(node.value) };
      case 'yaml':
        return { kind: 'front-matter', at: this.#place(node), text: node.value };
      default:
        return { kind: 'paragraph', lines: this.#spans(node) };
    }
  }

  #item(node: ListItem): Item {
    const at = this.#place(node);
    const marker = /^[-*+]|^\d+/.exec(this.#text(at.line).slice(at.column - 1))?.[0] ?? '';
    return { at, marker, blocks: this.blocks(node.children) };
  }

  #fence(node: RootContent, value: string, info: string): Fence {
    const at = this.#place(node);
    const last = this.#end(node).line;
    const closed = last > at.line && /(?:`{3,}|~{3,})\s*$/.test(this.#text(last));
    const lines =
      last === at.line ? [] : value.split('\n').map((text, index) => this.#fenceLine(text, at.line + 1 + index));
    return { kind: 'fence', at, info, lines, closed };
  }

  #fenceLine(text: string, line: number): Span {
    return new Span(text, line, Math.max(1, this.#text(line).length - text.length + 1));
  }

  /** The node's source lines, without the indentation that its container explains. */
  #spans(node: RootContent): Span[] {
    const start = this.#place(node);
    const end = this.#end(node);
    const spans: Span[] = [];
    for (let line = start.line; line <= end.line; line++) {
      const text = line === end.line ? this.#text(line).slice(0, end.column - 1) : this.#text(line);
      const span = new Span(text, line, 1);
      spans.push((line === start.line ? span.slice(start.column - 1) : span).trim());
    }
    return spans;
  }

  #text(line: number): string {
    return this.#lines[line - this.firstLine] ?? '';
  }

  #place(node: RootContent): Place {
    const { line, column } = node.position!.start;
    return { line: line + this.firstLine - 1, column };
  }

  #end(node: RootContent): Place {
    const { line, column } = node.position!.end;
    return { line: line + this.firstLine - 1, column };
  }
}

function headingText(span: Span): Span {
  const opening = /^#*\s*/.exec(span.text)![0].length;
  const closing = /\s+#+\s*$/.exec(span.text)?.[0].length ?? 0;
  return span.slice(opening, Math.max(opening, span.text.length - closing)).trim();
}
