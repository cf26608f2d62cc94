import type { Criterion } from '../api/shapes.ts';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { pathOf } from '../watch/snapshot.ts';
import { verdictText } from '../watch/status.ts';
import type { Command } from './command.ts';

/** `backstay criteria ID`: each acceptance criterion with its verdict and the evidence that it rests on. */
export const run: Command<[string]> = async (context, [id]) => {
  const { criteria } = await context.api.get<{ criteria: Criterion[] }>(`${pathOf(id)}/acceptance-criteria`);
  context.emit({ criteria });
  criteriaLines(context.colors, criteria).forEach((line) => context.say(line));
  return exitCodes.done;
};

export function criteriaLines(colors: Colors, criteria: readonly Criterion[]): string[] {
  const met = criteria.filter(({ verdict }) => verdict === 'met').length;
  const lines = criteria.flatMap(({ verdict, text, line, reason, evidence }) => [
    `${verdictText(colors, verdict)} ${text} ${colors.dim(`(line ${line})`)}`,
    ...(reason ? [`          ${reason}`] : []),
    ...evidence.map(({ summary, eventId }) => colors.dim(`          ${summary}  [${eventId}]`)),
  ]);
  return [...lines, `${met} of ${criteria.length} met`];
}
