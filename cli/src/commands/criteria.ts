import type { Criterion } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { overrideLines } from '../watch/frame.ts';
import { verdictText } from '../watch/status.ts';
import type { Command } from './command.ts';

/** `backstay criteria ID`: each acceptance criterion with its verdict and the evidence that it rests on. */
export const run: Command<[string]> = async (context, [id]) => {
  const { body } = await context.api.call('getAcceptanceCriteria', { params: { id } });
  const { criteria, overrides } = body;
  context.emit({ criteria, overrides });
  criteriaLines(context.colors, criteria).forEach((line) => context.say(line));
  overrideLines(context.colors, overrides).forEach((line) => context.say(line));
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
