import type { ShellSyntax } from './words.ts';

/** How a shell is given a script: it ends with the first command that fails, and a variable without a value is a failure. */
export function shellArguments(script: string): string[] {
  return ['sh', ...strict, '-c', script];
}

const strict = ['-eu'];

/**
 * What runs for the commands of a step with `Shell: yes`. A plan that was recorded before scripts were strict names a shell without options,
 * for each of its lines, and means that for ever.
 */
export function shellLine({ text, argv }: { readonly text: string; readonly argv: readonly string[] }): string[] {
  return ['/bin/sh', ...(argv[1] === strict[0] ? strict : []), '-c', text];
}

/** The variables that a shell would put in place, wherever they stand, with their offsets. */
export function shellVariablesOf(text: string): { name: string; offset: number }[] {
  return [...text.matchAll(/\$\{?[#!]?([A-Za-z_]\w*)/g)].map((found) => ({ name: found[1]!, offset: found.index }));
}

const ofVariables = 'declare the variable under *Required Environment Variables*';

/** What only a shell knows: run as a program it is either not there, or ends without an effect on the next one. */
const words: Readonly<Record<string, string | undefined>> = {
  cd: 'write `Directory:`',
  export: ofVariables,
  readonly: ofVariables,
  local: ofVariables,
  unset: undefined,
  set: undefined,
  alias: undefined,
  eval: undefined,
  exec: 'write the command alone',
  exit: undefined,
  return: undefined,
  shift: undefined,
  source: undefined,
  '.': undefined,
  trap: undefined,
  ulimit: undefined,
  umask: undefined,
  wait: undefined,
  read: undefined,
  ...Object.fromEntries(
    'if then else elif fi for while until do done case esac function in { } ( ! [['
      .split(' ')
      .map((word) => [word, undefined]),
  ),
};

/** Why a command without a shell is none; undefined where it is one. */
export function shellWord([first = '']: readonly string[]): ShellSyntax | undefined {
  if (!Object.hasOwn(words, first)) return undefined;
  const instead = words[first];
  const message = `\`${first}\` is a word of the shell, and does nothing for the commands after it`;
  return { offset: 0, message, needsShell: true, ...(instead !== undefined && { instead }) };
}
