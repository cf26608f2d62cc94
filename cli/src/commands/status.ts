import type { Summary, Why } from '../api/shapes.ts';
import type { Context } from '../context.ts';
import { exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import { dateTime, table } from '../output/format.ts';
import { header, heldLines } from '../watch/frame.ts';
import { problemLinesOf } from '../watch/problems.ts';
import { pathOf } from '../watch/snapshot.ts';
import type { Command } from './command.ts';
import { outputLines } from './why.ts';

/** `backstay status ID` */
export const run: Command<[string]> = async (context, [id]) => {
  const summary = await context.api.get<Summary>(pathOf(id));
  context.emit(summary);
  if (context.json) return exitCodes.done;
  header(context.colors, { summary }, Date.now()).forEach((line) => context.say(line));
  const rows = factsOf(summary).filter((row): row is [string, string] => Boolean(row[1]));
  table(rows).forEach((line) => context.say(line));
  (await whyLinesOf(context, summary)).forEach((line) => context.say(line));
  return exitCodes.done;
};

const factsOf = (summary: Summary): [string, string | null | undefined][] => [
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
async function whyLinesOf({ api, colors }: Context, { id, status }: Summary): Promise<string[]> {
  if (status !== 'held' && (exitCodeOfStatus(status) ?? 0) === 0) return [];
  const why = await api.get<Why | null>(`${pathOf(id)}/why`);
  const links = why?.chain ?? [];
  return [
    ...links.flatMap((link) => problemLinesOf(colors, link)),
    ...links.flatMap((link) => outputLines(colors, id, link)),
  ];
}
