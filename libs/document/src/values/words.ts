import { type ShellSyntax, shellWord } from './shell.ts';

/** A command split by shell-words rules, or what a shell would be needed for. */
export type Words = { readonly argv: string[] } | { readonly syntax: ShellSyntax };

const operators: Record<string, string> = {
  '&': '`&`',
  '|': '`|`',
  '>': '`>`',
  '<': '`<`',
  ';': '`;`',
  '\n': 'a line break',
};

/** Splits a command as a POSIX shell splits words: quotes and backslashes, but no expansion. `${NAME}` stays as it is. */
export function splitWords(text: string): Words {
  const argv: string[] = [];
  let word: string | undefined;
  let index = 0;
  const fail = (offset: number, message: string): Words => ({ syntax: { offset, message } });
  while (index < text.length) {
    const character = text[index]!;
    if (character === "'") {
      const end = text.indexOf("'", index + 1);
      if (end < 0) return fail(index, 'this quote is never closed; close it');
      word = (word ?? '') + text.slice(index + 1, end);
      index = end + 1;
    } else if (character === '"') {
      const quoted = readDoubleQuoted(text, index);
      if (!quoted) return fail(index, 'this quote is never closed; close it');
      const substitution = commandSubstitution(text.slice(index, quoted.end));
      if (substitution !== undefined) return needsShell(index + substitution, '`$(`');
      word = (word ?? '') + quoted.value;
      index = quoted.end;
    } else if (character === '\\') {
      if (index + 1 >= text.length) return fail(index, 'nothing follows this backslash; remove it');
      word = (word ?? '') + text[index + 1]!;
      index += 2;
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) argv.push(word);
      word = undefined;
      index++;
    } else if (operators[character]) return needsShell(index, operators[character]);
    else if (character === '`' || text.startsWith('$(', index)) return needsShell(index, 'command substitution');
    else if (character === '$' && text[index + 1] === '{') {
      const end = text.indexOf('}', index);
      if (end < 0) return fail(index, 'this `${` is never closed; close it with }');
      word = (word ?? '') + text.slice(index, end + 1);
      index = end + 1;
    } else {
      word = (word ?? '') + character;
      index++;
    }
  }
  if (word !== undefined) argv.push(word);
  if (argv.length === 0) return fail(0, 'there is no command; write one');
  if (/^[ \t]*[\w.-]+[ \t]+\(\)/.test(text)) return needsShell(text.indexOf('('), '`(`');
  const syntax = shellWord(argv);
  return syntax ? { syntax } : { argv };
}

function needsShell(offset: number, what: string): Words {
  return { syntax: { offset, message: `${what} needs a shell`, needsShell: true } };
}

function commandSubstitution(quoted: string): number | undefined {
  const offset = quoted.search(/(?<!\\)(?:\$\(|`)/);
  return offset < 0 ? undefined : offset;
}

function readDoubleQuoted(text: string, start: number): { value: string; end: number } | undefined {
  let value = '';
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index]!;
    if (character === '"') return { value, end: index + 1 };
    if (character === '\\' && '"\\$`'.includes(text[index + 1] ?? ' ')) index++;
    value += text[index]!;
  }
  return undefined;
}
