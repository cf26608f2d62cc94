import { z } from 'zod';
import { commandSchema } from '../plan/values.ts';
import { readCommands, shellLine, writeCommands } from '../values/commands.ts';
import { stepKind } from './kind.ts';
import { lacking } from './phrase.ts';
import { undoKind, undoTitle } from './undo.ts';

const schema = z.object({ kind: z.literal('run'), commands: z.array(commandSchema).min(1), shell: z.boolean() });

export type Run = z.infer<typeof schema>;

/** Commands of the document or the bindings. */
export const run = stepKind<Run, 'build' | 'migrate'>({
  schema,
  fields: { commands: 'effect-handler', shell: 'effect-handler' },
  label: {
    name: 'Run',
    fence: true,
    read(value, { shell }, reading) {
      const commands = readCommands(value, shell, reading);
      return commands && { kind: 'run', commands, shell };
    },
  },
  phrases: {
    build: {
      text: 'Build application artifacts',
      pattern: /^build application artifacts?$/,
      in: ['procedure'],
      mean(step, sources) {
        const commands = sources.bindings?.build;
        if (!commands) return lacking(step, sources, { key: 'build', value: 'npm ci --omit=dev' });
        return {
          action: { kind: 'run', commands: [...commands], shell: false },
          origin: 'bindings',
          effect: 'idempotent',
          mutates: false,
        };
      },
    },
    migrate: {
      text: 'Run database migrations',
      pattern: /^run database migrations?$/,
      in: ['procedure'],
      changesDatabase: true,
      mean(step, sources) {
        const migrate = sources.bindings?.migrate;
        if (!migrate) {
          const value = '{ up: node migrate.mjs up, down: node migrate.mjs down }';
          return lacking(step, sources, { key: 'migrate', value });
        }
        return {
          action: { kind: 'run', commands: [...migrate.up], shell: false },
          origin: 'bindings',
          undo: migrate.down ? { kind: 'run', commands: [...migrate.down], shell: false } : { kind: 'none' },
        };
      },
    },
  },
  expects: 'command',
  runsCommands: true,
  reachesDatabases: true,
  effect: () => 'reattachable',
  brings: ['files', 'replies'],
  // A shell puts variables in place itself.
  mentions: ({ commands, shell }) => (shell ? [] : commands.flatMap(({ argv }) => argv)),
  print: ({ commands, shell }) => [...writeCommands('Run', commands), ...(shell ? [shellLine] : [])],
  describe: ({ commands, shell }) => describeCommands(commands) + (shell ? ' (in a shell)' : ''),
});

/** Commands of the document or the bindings, where the step that they take back runs its own. */
export const runUndo = undoKind<Run>({
  schema,
  runsCommands: true,
  steps: (action, step) => {
    const { source, timeoutMs, directory, effect } = step;
    return [{ title: undoTitle(step), action, source, timeoutMs, directory, effect }];
  },
  print: ({ commands, shell }, actionLines) => [
    ...writeCommands('Undo', commands),
    ...(shell && !actionLines.includes(shellLine) ? [shellLine] : []),
  ],
  describe: ({ commands }) => describeCommands(commands),
});

function describeCommands(commands: Run['commands']): string {
  return commands.map(({ text }) => `\`${firstLine(text)}\``).join(', then ');
}

/** Of a script, its first line that does something stands for all. */
function firstLine(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line));
  return lines.length > 1 ? `${lines[0]!.trim()} …` : text;
}
