import type { Deployment } from '@backstay/api-contract';
import type { Context } from '../context.ts';
import { exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import { dateTime, table } from '../output/format.ts';
import { header, heldLines } from '../watch/frame.ts';
import { problemLinesOf } from '../watch/problems.ts';
import type { Command } from './command.ts';
import { outputLines } from './why.ts';

/** `backstay status ID` */
export const run: Command<[string]> = async (context, [id]) => {
  const { body: summary } = await context.api.call('getDeployment', { params: { id } });
  context.emit(summary);
  if (context.json) return exitCodes.done;
  header(context.colors, { summary }, Date.now()).forEach((line) => context.say(line));
  const rows = rowsOf(summary).filter((row): row is [string, string] => Boolean(row[1]));
  table(rows).forEach((line) => context.say(line));
  (await whyLinesOf(context, summary)).forEach((line) => context.say(line));
  return exitCodes.done;
};

const rowsOf = (summary: Deployment): [string, string | null | undefined][] => [
  ['phase', summary.phase],
  ['steps', `${summary.steps.done} of ${summary.steps.total}`],
  ...(summary.held
    ? heldLines(summary.held).map((line, index): [string, string] => [index === 0 ? 'held' : ' ', line])
    : []),
  ['reason', summary.reason],
  ['requested', dateTime(summary.requestedAt)],
  ['finished', summary.finishedAt && dateTime(summary.finishedAt)],
  ['plan', summary.planDigest],
];

/** Where something went wrong: every problem, and where the output of what failed is to be read. */
async function whyLinesOf({ api, colors }: Context, { id, status }: Deployment): Promise<string[]> {
  if (status !== 'held' && (exitCodeOfStatus(status) ?? 0) === 0) return [];
  const { body: why } = await api.call('getWhy', { params: { id } });
  const links = why?.chain ?? [];
  return [
    ...links.flatMap((link) => problemLinesOf(colors, link)),
    ...links.flatMap((link) => outputLines(colors, id, link)),
  ];
}
