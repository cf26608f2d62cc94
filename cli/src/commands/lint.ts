import { githubLines } from '../documents/github-annotations.ts';
import { countOf, problemLines } from '../documents/problems.ts';
import { readNamed } from '../documents/read-file.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

interface Options {
  readonly format?: 'text' | 'github';
}

/** `backstay lint FILE`: every problem of the document, from the document alone. */
export const run: Command<[string], Options> = async (context, [file], { format = 'text' }) => {
  const text = await readNamed(context.world, file);
  const { lint } = await import('@backstay/document');
  const problems = lint(text);
  const ok = problems.every(({ severity }) => severity !== 'error');
  context.emit({ ok, problems });
  const lines =
    format === 'github'
      ? githubLines(problems, file)
      : [...problemLines(context.colors, problems, new Map([[file, text]]), file), `${file}: ${countOf(problems)}`];
  lines.forEach((line) => context.say(line));
  return ok ? exitCodes.done : exitCodes.problems;
};
