import { isAlias, isCollection, isPair, Lexer, type Document } from 'yaml';
import { budgets } from '../values/budgets.ts';

/** The offset at which a text is nested too deeply to be parsed: brackets that are open, or markers of lists in one line. */
export function tooDeepAt(text: string): number | undefined {
  const { depth } = budgets.yaml;
  const markers = new RegExp(String.raw`^[ \t]*(?:[-?][ \t]+){${depth + 1}}`, 'm').exec(text);
  let open = 0;
  for (let offset = 0; offset < (markers?.index ?? text.length); offset++) {
    const character = text[offset]!;
    if ((character === '[' || character === '{') && ++open > depth) return offset;
    if ((character === ']' || character === '}') && open > 0) open--;
  }
  return markers?.index;
}

/** The offset of the first token beyond the budget. The parser's work grows with tokens, faster than with length where they are wrong. */
export function tooMuchAt(text: string): number | undefined {
  let [count, offset] = [0, 0];
  for (const token of new Lexer().lex(text)) {
    if (++count > budgets.yaml.tokens) return offset;
    if (!isMark.test(token)) offset += token.length;
  }
  return undefined;
}

/** What the lexer adds of its own: the begin of a document, of a scalar, and the end of what was not closed. */
// oxlint-disable-next-line no-control-regex -- the lexer's marks are control characters
const isMark = /^[\u0002\u0018\u001F]$/;

/**
 * The offset of the alias at which all that aliases stand for becomes more than its budget; also of one that stands inside of what it stands
 * for. Each node is counted once.
 */
export function boundlessAliasAt(document: Document): number | undefined {
  const anchored = new Map<string, number>();
  let [referred, found] = [0, undefined as number | undefined];
  const sizeOf = (node: unknown): number => {
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (isAlias(node)) {
      const size = anchored.get(node.source) ?? 1;
      referred += size;
      if (referred > budgets.yaml.nodes) found ??= node.range?.[0];
      return size;
    }
    const { anchor } = (node ?? {}) as { anchor?: string };
    // Until it has been counted it is without end, for an alias inside of it.
    if (anchor !== undefined) anchored.set(anchor, Infinity);
    const size = isCollection(node) ? node.items.reduce<number>((sum, item) => sum + sizeOf(item), 1) : 1;
    if (anchor !== undefined) anchored.set(anchor, size);
    return size;
  };
  sizeOf(document.contents);
  return found;
}
