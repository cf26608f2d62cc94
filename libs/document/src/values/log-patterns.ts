import { budgets } from './budgets.ts';

const longest = budgets.pattern.characters;

/** Why a pattern of logs cannot be used; a pattern is a text, or an expression between slashes. An empty one would stand in every line. */
export function problemOfPattern(pattern: string): string | undefined {
  if (pattern.trim() === '') return 'expected text that stands in a line, not an empty pattern';
  const [, body, flags] = /^\/(.+)\/([isu]*)$/s.exec(pattern) ?? [];
  if (body === undefined) return undefined;
  if (pattern.length > longest) return `expected an expression of at most ${longest} characters`;
  try {
    new RegExp(body, flags);
    return undefined;
  } catch {
    return `“${pattern}” is no regular expression; write the text alone, or one such as /level=(error|fatal)/i`;
  }
}
