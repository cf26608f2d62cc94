import { countOf, problemLines } from '../documents/problems.ts';
import { readNamed } from '../documents/read-file.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

/** `backstay lint FILE`: every problem of the document, from the document alone. */
export const run: Command<[string]> = async (context, [file]) => {
  const text = await readNamed(context.world, file);
  const { lint } = await import('@backstay/document');
  const problems = lint(text);
  const ok = problems.every(({ severity }) => severity !== 'error');
  context.emit({ ok, problems });
  problemLines(context.colors, problems, new Map([[file, text]]), file).forEach((line) => context.say(line));
  context.say(`${file}: ${countOf(problems)}`);
  return ok ? exitCodes.done : exitCodes.problems;
};
