import { fenceBelow } from '../printing/print-lines.ts';
import { code, isShort } from '../printing/write-values.ts';
import type { Command } from '../plan/values.ts';
import type { Value } from '../reading/forms.ts';
import type { Span } from '../markdown/span.ts';
import type { Reading } from '../reading/reading.ts';

const isText = ({ text }: Span): boolean => text.trim() !== '';
const firstText = (lines: readonly Span[]): number => lines.findIndex(isText);
const lastText = (lines: readonly Span[]): number => lines.findLastIndex(isText);

/** The commands of a fence, one per line, or the one in backticks; for a shell a fence is one script. */
export function readCommands({ span, line }: Value, shell: boolean, reading: Reading): Command[] | undefined {
  const [fence] = line.fences;
  if (!fence) {
    const command = reading.command(span, shell);
    return command && [command];
  }
  if (!span.isEmpty)
    return reading.report.error(span, 'bad-value', 'expected a command in backticks or a fence, not both');
  const texts = fence.lines.filter(({ text }) => text.trim() !== '' && !text.trimStart().startsWith('#'));
  if (texts.length === 0)
    return reading.report.error(fence.at, 'missing-value', 'this fence has no command; write one on each line');
  if (shell) {
    const script = reading.script(fence.lines.slice(firstText(fence.lines), lastText(fence.lines) + 1));
    return script && [script];
  }
  const commands = texts.map((text) => reading.commandText(text.trim(), shell));
  return commands.every((command) => command !== undefined) ? commands : undefined;
}

/** What has a shell read the commands of a step. */
export const shellLine = '- Shell: yes';

/** One command in backticks; several, one that is long, or a script of several lines, in a fence. */
export function writeCommands(label: string, commands: readonly Command[]): string[] {
  const [first] = commands;
  const isScript = first!.text.includes('\n');
  const inline = commands.length === 1 && !isScript && (isShort(first!.text) || !isLineOfFence(first!.text));
  if (inline) return [`- ${label}: ${code(first!.text)}`];
  return [
    `- ${label}:`,
    ...fenceBelow(
      commands.flatMap(({ text }) => text.split('\n')),
      'sh',
    ),
  ];
}

function isLineOfFence(text: string): boolean {
  return text === text.trim() && !text.startsWith('#');
}
