import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lint, parseDocument, type Action } from '@backstay/document';
import type { StepEnvironment } from '../environment.ts';
import { lineOf } from './command.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'script-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const fence = (lines: readonly string[]) => [
  '   - Run:',
  '     ```sh',
  ...lines.map((line) => `     ${line}`),
  '     ```',
];
const documentWith = (lines: readonly string[], shell = true) =>
  [
    '# Deployment: a 1',
    '## Deployment Scope',
    '- Name: a',
    '- Version: 1.0.0',
    '- Environment: staging',
    '### Required Environment Variables',
    '```sh',
    'GREETING=two words',
    '```',
    '### Required Secrets',
    '- Token (`TOKEN`)',
    '### Deployment Steps',
    '1. Do it',
    ...lines,
    ...(shell ? ['   - Shell: yes'] : []),
    '   - Undo: none',
  ].join('\n');

type Run = Extract<Action, { kind: 'run' }>;

function runOf(lines: readonly string[]): Run {
  const parsed = parseDocument(documentWith(lines));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { meaning } = parsed.document.steps[0]!;
  return (meaning as { action: Run }).action;
}

function resultOf({ commands, shell }: Run, env: Record<string, string> = { GREETING: 'two words' }) {
  const argument = (): never => {
    throw new Error('nothing is put in place of what a shell reads');
  };
  const environment = { argument } as unknown as StepEnvironment;
  return commands.map((command) => {
    const [program = '', ...rest] = lineOf(command, shell, environment).argv;
    const { status, stdout } = spawnSync(program, rest, {
      cwd,
      env: { PATH: process.env['PATH'], ...env },
      encoding: 'utf8',
    });
    return { status, stdout };
  });
}

describe('a fence with `Shell: yes` is one script of a shell', () => {
  it.each([
    ['a loop over its own variable', ['for i in 1 2 3', 'do', '  echo "$i"', 'done'], '1\n2\n3\n'],
    ['a variable that it sets', ['started=yes', 'echo "${started:-none}"'], 'yes\n'],
    ['one that may be absent', ['echo "${started:-none}"'], 'none\n'],
    ['what another program reads', ["echo 'a b' | awk '{print $NF}'"], 'b\n'],
    ['an escape', ['echo "\\$i"'], '$i\n'],
    ['a condition', ['if [ 1 = 1 ]; then', '  echo yes', 'fi'], 'yes\n'],
    ['what the document declares', ['echo "$GREETING" "${GREETING}" ${#GREETING}'], 'two words two words 9\n'],
    ['a comment and an empty line', ['# nothing', '', 'echo a # b'], 'a\n'],
    ['an indented text', ['cat <<END', '  a', 'END'], '  a\n'],
  ])('%s', (_what, lines, stdout) => {
    expect(resultOf(runOf(fence(lines)))).toEqual([{ status: 0, stdout }]);
    expect(lint(documentWith(fence(lines))).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('whose folder is the one that it went to', () => {
    writeFileSync(join(cwd, 'kept'), '');
    expect(resultOf(runOf(fence(['mkdir -p cache', 'cd cache', 'touch a', 'rm -rf *'])))).toMatchObject([
      { status: 0 },
    ]);
    expect(existsSync(join(cwd, 'kept'))).toBe(true);
    expect(existsSync(join(cwd, 'cache', 'a'))).toBe(false);
  });

  it('which ends with the first command that fails, and where a variable has no value', () => {
    expect(resultOf(runOf(fence(['echo a', 'false', 'echo b'])))).toEqual([{ status: 1, stdout: 'a\n' }]);
    const [unset] = resultOf(runOf(fence(['echo a', 'rm -rf "/no-such-root/$WHERE"', 'echo b'])));
    expect(unset).toMatchObject({ stdout: 'a\n' });
    expect(unset!.status).not.toBe(0);
  });

  it('and takes values from its environment, which cannot become part of it', () => {
    const GREETING = '"; echo injected; "$(echo too)';
    expect(resultOf(runOf(fence(['echo "$GREETING"'])), { GREETING })).toEqual([
      { status: 0, stdout: `${GREETING}\n` },
    ]);
  });

  it('as is what stands in backticks', () => {
    const run = runOf(['   - Run: `cd / && echo "$PWD"`']);
    expect(resultOf(run)).toEqual([{ status: 0, stdout: '/\n' }]);
    expect(resultOf(runOf(['   - Run: `false; echo a`']))).toEqual([{ status: 1, stdout: '' }]);
  });

  it.each(['echo $TOKEN', 'echo "${TOKEN}"', 'echo ${TOKEN:-none}', 'a=${#TOKEN}'])(
    'in which a secret is none: %s',
    (line) => {
      expect(lint(documentWith(fence(['echo a', line])))).toContainEqual(
        expect.objectContaining({ line: 17, code: 'secret-in-argv', severity: 'error' }),
      );
    },
  );
});

describe('a plan that was recorded when each line had a shell of its own', () => {
  it('runs as it did', () => {
    const command = (text: string) => ({ text, argv: ['sh', '-c', text] });
    const recorded: Run = {
      kind: 'run',
      shell: true,
      commands: [command('false; echo "a$UNSET"'), command('cd /'), command('pwd')],
    };
    expect(resultOf(recorded)).toEqual([
      { status: 0, stdout: 'a\n' },
      { status: 0, stdout: '' },
      { status: 0, stdout: `${cwd}\n` },
    ]);
  });
});

describe('without `Shell: yes` a word of the shell is refused, with what to write', () => {
  it.each([
    ['cd cache', /`cd` .*write `Directory:`, or say `Shell: yes`/],
    ['export A=1', /`export` .*declare the variable .*, or say `Shell: yes`/],
    ['A=1', /declare the variable .*, or say `Shell: yes`/],
    ['A=1 make', /declare the variable/],
    ['if test -f a', /`if` .*say `Shell: yes`/],
    ['then', /`then`/],
    ['for i in 1 2', /`for`/],
    ['set -e', /`set`/],
    ['source env.sh', /`source`/],
    ['. ./env.sh', /`\.`/],
    ['[[ -f a ]]', /`\[\[`/],
    ['exit 0', /`exit`/],
    ['A+=1', /an assignment .*declare the variable .*, or say `Shell: yes`/],
    ['A[0]=1', /an assignment .*declare the variable/],
    ['A[i+1]+=1', /an assignment .*declare the variable/],
    ['  A=1', /an assignment .*declare the variable/],
    ['declare A=1', /`declare` .*declare the variable/],
    ['typeset -x A=1', /`typeset` .*declare the variable/],
    ['let A=1', /`let` .*declare the variable/],
    ['pushd /tmp', /`pushd` .*write `Directory:`/],
    ['popd', /`popd` .*write `Directory:`/],
    ['command cd x', /`command` .*write the command alone/],
    ['builtin cd x', /`builtin` .*write the command alone/],
    ['shopt -s nullglob', /`shopt`/],
    [': nothing', /`:`/],
    ['type make', /`type`/],
    ['foo()', /`\(` needs a shell/],
    ['foo() { make', /`\(` needs a shell/],
    ['foo () { make', /`\(` needs a shell/],
    ['(cd x', /`\(` needs a shell/],
    ['~/bin/make', /`~` needs a shell; write the whole path/],
  ])('%s', (line, message) => {
    for (const lines of [fence(['make', line]), [`   - Run: \`${line}\``]]) {
      const problems = lint(documentWith(lines, false)).filter(({ code }) => code === 'shell-syntax');
      expect(problems).toMatchObject([
        { line: lines.length > 1 ? 17 : 14, severity: 'error', message: expect.stringMatching(message) },
      ]);
    }
  });

  it.each(['# just a comment', '#make'])('a comment alone is no command, %s, and may stand in a fence', (line) => {
    expect(lint(documentWith([`   - Run: \`${line}\``], false))).toContainEqual(
      expect.objectContaining({ severity: 'error', message: expect.stringMatching(/`#` begins a comment, .*remove/) }),
    );
    expect(lint(documentWith(fence(['make', line]), false)).filter(({ code }) => code === 'shell-syntax')).toEqual([]);
    expect(lint(documentWith(fence([line]), false)).filter(({ severity }) => severity === 'error')).not.toEqual([]);
  });

  it.each([
    ['ls *.log', '*.log', "'*.log'"],
    ['ls logs/app-?.log', 'logs/app-?.log', "'logs/app-?.log'"],
    ['ls x[0-9]', 'x[0-9]', "'x[0-9]'"],
    ['ls "a b"/*', '"a b"/*', undefined],
    ['rm -rf ~/x', '~/x', "'~/x'"],
    ['ls ~', '~', "'~'"],
    ['make # all', '#', "'#'"],
    [`say "it's" * 'x'`, '*', "'*'"],
    ['echo $HOME', '$HOME', '${HOME}'],
  ])(
    'and what a shell would put in place is warned of, for it is passed on as it stands: %s',
    (line, written, suggestion) => {
      const [problem, ...others] = lint(documentWith(fence([line]), false)).filter(
        ({ code }) => code === 'shell-syntax',
      );
      expect(others).toEqual([]);
      expect(problem).toMatchObject({ severity: 'warning', column: line.indexOf(written) + 6 });
      expect(problem!.message).toContain(`no shell runs here, and ${written} is passed on as it stands; `);
      expect(problem!.suggestion).toBe(suggestion);
    },
  );

  it.each([
    "find . -name '*.sql'",
    'find . -name "*.sql"',
    'find . -name \\*.sql',
    "ssh host 'rm -rf ~/x'",
    'git show HEAD~1',
    'curl http://localhost/a?b',
    'curl ${GREETING}/a?b=1',
    'grep --include=*.ts x',
    "echo '# x' a#b",
    '[ -f a ]',
  ])("and what is quoted, or no pattern, is the program's own: %s", (line) => {
    expect(lint(documentWith(fence([line]), false)).filter(({ code }) => code === 'shell-syntax')).toEqual([]);
  });

  it.each(['make', './cd', 'echo if', 'true', 'test -f a', '[ -f a ]', "sh -c 'cd a && make'", 'printf x'])(
    'and no other: %s',
    (line) => {
      expect(lint(documentWith(fence([line]), false)).filter(({ severity }) => severity === 'error')).toEqual([]);
    },
  );
});
