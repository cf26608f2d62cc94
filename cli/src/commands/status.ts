import type { Summary } from '../api/shapes.ts';
import { exitCodes } from '../exit-codes.ts';
import { dateTime, table } from '../output/format.ts';
import { header } from '../watch/frame.ts';
import { pathOf } from '../watch/snapshot.ts';
import type { Command } from './command.ts';

/** `backstay status ID` */
export const run: Command<[string]> = async (context, [id]) => {
  const summary = await context.api.get<Summary>(pathOf(id));
  context.emit(summary);
  header(context.colors, { summary }, Date.now()).forEach((line) => context.say(line));
  const rows = factsOf(summary).filter((row): row is [string, string] => Boolean(row[1]));
  table(rows).forEach((line) => context.say(line));
  return exitCodes.done;
};

const factsOf = (summary: Summary): [string, string | null | undefined][] => [
  ['phase', summary.phase],
  ['steps', `${summary.steps.done} of ${summary.steps.total}`],
  ['held', summary.held?.why],
  ['reason', summary.reason],
  ['requested', dateTime(summary.requestedAt)],
  ['finished', summary.finishedAt && dateTime(summary.finishedAt)],
  ['plan', summary.planDigest],
];
