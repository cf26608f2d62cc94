/** Why a text is not a plain command: where, and what is wrong; what a shell would do is said with how to have one. */
export interface ShellSyntax {
  readonly offset: number;
  readonly message: string;
  readonly needsShell?: true;
  /** What to write in its place, beside having a shell. */
  readonly instead?: string;
}

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
  pushd: 'write `Directory:`',
  popd: 'write `Directory:`',
  dirs: undefined,
  export: ofVariables,
  readonly: ofVariables,
  local: ofVariables,
  declare: ofVariables,
  typeset: ofVariables,
  let: ofVariables,
  unset: undefined,
  set: undefined,
  alias: undefined,
  eval: undefined,
  exec: 'write the command alone',
  command: 'write the command alone',
  builtin: 'write the command alone',
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
    `: break continue type hash times getopts unalias bg fg jobs fc disown suspend logout shopt enable bind caller compgen complete
    compopt history mapfile readarray select coproc if then else elif fi for while until do done case esac function in { } ( ! [[`
      .split(/\s+/)
      .map((word) => [word, undefined]),
  ),
};

/** `A=1`, also of an array, and what is added to a variable */
const assignment = /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/;

/** Why a command without a shell is none; undefined where it is one. */
export function shellWord([first = '']: readonly string[]): ShellSyntax | undefined {
  if (assignment.test(first)) return needsShell('an assignment needs a shell', ofVariables);
  if (first.startsWith('#')) return needsShell('`#` begins a comment, which a shell alone knows', 'remove the line');
  if (first.startsWith('~')) return needsShell('`~` needs a shell', 'write the whole path');
  if (/^[\w.-]*\(/.test(first)) return needsShell('`(` needs a shell');
  if (!Object.hasOwn(words, first)) return undefined;
  return needsShell(`\`${first}\` is a word of the shell, and does nothing for the commands after it`, words[first]);
}

function needsShell(message: string, instead?: string): ShellSyntax {
  return { offset: 0, message, needsShell: true, ...(instead !== undefined && { instead }) };
}

/** What a shell would put something else in place of: where, what stands there, and what to write. */
export interface Unreplaced {
  readonly offset: number;
  readonly written: string;
  readonly instead: string;
  readonly suggestion?: string;
}

const quotedText = /'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]/g;
/** `~/x`, comments, and patterns of file names; in options and addresses they are the program's own. */
const unreplacedWord =
  /(?<=^|[ \t])(?:[~#][^ \t]*|(?!-|[^ \t]*:\/\/)[^ \t]*(?:\*|\[[^\][ \t]{1,64}\]|\?(?![\w-]+=))[^ \t]*)/;

/** The first thing in a command that a shell would replace, and what runs without one does not; quoted it is the program's own. */
export function unreplacedIn(text: string): Unreplaced | undefined {
  return unreplacedVariable(text) ?? unreplacedArgument(text);
}

function unreplacedVariable(text: string): Unreplaced | undefined {
  const found = /\$([A-Za-z_]\w*)/.exec(
    text.replace(quotedText, (quoted) => (quoted.startsWith('"') ? quoted.replace(/\\[^]/g, blank) : blank(quoted))),
  );
  const suggestion = `\${${found?.[1]}}`;
  return found ? { offset: found.index, written: found[0], instead: `write ${suggestion}`, suggestion } : undefined;
}

function unreplacedArgument(text: string): Unreplaced | undefined {
  const found = unreplacedWord.exec(text.replace(quotedText, blank));
  if (!found) return undefined;
  const written = text.slice(found.index, found.index + found[0].length);
  const suggestion = /["'\\]/.test(written) ? undefined : `'${written}'`;
  const instead = 'quote it where it is meant so';
  return { offset: found.index, written, instead, ...(suggestion !== undefined && { suggestion }) };
}

const blank = (quoted: string) => '_'.repeat(quoted.length);
