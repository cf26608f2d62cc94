import { shellLine, type Command } from '@backstay/document';
import type { CommandLine } from '@backstay/hosts';
import type { StepEnvironment } from '../environment.ts';
import { keyOf, type StepTask } from '../task.ts';

/** A shell puts variables in place itself, out of the environment. */
export function lineOf({ text, argv }: Command, shell: boolean, { argument }: StepEnvironment): CommandLine {
  return { text, argv: shell ? shellLine({ text, argv }) : argv.map(argument) };
}

/** Where the commands of a step run, under which key, and with which values. */
export function placeOf(task: StepTask, { variables, mask, open, withhold, account }: StepEnvironment, cwd: string) {
  const secrets = { env: variables, mask, open, withhold, runAs: account() };
  return { directory: task.context.dataDir, key: keyOf(task), token: task.token, cwd, ...secrets };
}
