import { githubLines } from '../documents/github-annotations.ts';
import { countOf, problemLines } from '../documents/problems.ts';
import { readNamed } from '../documents/read-file.ts';
import { isPlan } from '../documents/request.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

interface Options {
  readonly format?: 'text' | 'github';
}

/** `backstay lint FILE`: every problem of the document, or of the plan in JSON, from the file alone. */
export const run: Command<[string], Options> = async (context, [file], { format = 'text' }) => {
  const text = await readNamed(context.world, file);
  const { lint, lintPlan, silenceLines } = await import('@backstay/document');
  const problems = isPlan(file, text) ? lintPlan(text) : lint(text);
  const ok = problems.every(({ severity }) => severity !== 'error');
  context.emit({ ok, problems });
  const lines =
    format === 'github'
      ? githubLines(problems, file)
      : [...problemLines(context.colors, problems, new Map([[file, text]]), file), `${file}: ${countOf(problems)}`];
  const notes = ok && format === 'text' && !isPlan(file, text) ? silenceLines(text) : [];
  [...lines, ...notes].forEach((line) => context.say(line));
  return ok ? exitCodes.done : exitCodes.problems;
};
