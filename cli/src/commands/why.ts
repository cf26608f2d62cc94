import type { ChainLink, Why } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { dateTime } from '../output/format.ts';
import { problemLinesOf } from '../watch/problems.ts';
import { statusText } from '../watch/status.ts';
import type { Command } from './command.ts';

interface Options {
  readonly all?: boolean;
}

/** `backstay why ID`: the sentence, then the cause and what came of it; `--all` shows the whole chain, the newest event first. */
export const run: Command<[string], Options> = async (context, [id], { all = false }) => {
  const { body: why } = await context.api.call('getWhy', { params: { id } });
  context.emit(why);
  const linesOf = all ? whyLines : foldedLines;
  const lines = why ? linesOf(context.colors, why, id) : ['Nothing is recorded yet.'];
  lines.forEach((line) => context.say(line));
  return exitCodes.done;
};

export function whyLines(colors: Colors, { status, sentence, chain }: Why, id?: string): string[] {
  const links = chainLines(colors, chain, id);
  return [statusText(colors, status), sentence, ...(links.length > 0 ? ['', ...links] : [])];
}

const causesShown = 3;

/** The cause first, then what came of it; what only led there is counted. */
export function foldedLines(colors: Colors, { status, sentence, chain }: Why, id?: string): string[] {
  const decisive = chain.filter((link) => !isPlain(link));
  const rollbackAt = decisive.findIndex(({ type }) => type === 'RollbackTriggered');
  const causes = decisive.slice(Math.max(0, rollbackAt)).slice(0, causesShown);
  const after = decisive.slice(0, Math.max(0, rollbackAt)).reverse();
  const effects = after.filter(({ summary }) => summary !== sentence);
  const folded = chain.length - causes.length - after.length;
  const then = effects.map((link) => ({ link, lead: colors.dim('↳ then') }));
  return [
    statusText(colors, status),
    sentence,
    '',
    ...chainLines(colors, causes, id),
    ...then.flatMap(({ link, lead }) => linkLines(colors, link, lead, id)),
    ...(folded === 0 ? [] : [colors.dim(`  … ${folded} earlier event${folded === 1 ? '' : 's'}; --all shows them`)]),
  ];
}

/** That one thing went well is why the next was begun, and explains nothing more. */
const isPlain = ({ type }: ChainLink): boolean =>
  /^(Step(Started|Resumed|Succeeded|Skipped)|(SmokeTest|HealthCheck)Passed|ChecksStarted|NoticeStarted|LogsRead)$/.test(
    type,
  );

const chainLines = (colors: Colors, chain: readonly ChainLink[], id?: string): string[] =>
  chain.flatMap((link, index) => linkLines(colors, link, index === 0 ? ' ' : colors.dim('↳ because'), id));

function linkLines(colors: Colors, link: ChainLink, lead: string, id?: string): string[] {
  return [
    `${lead} ${link.summary}`,
    ...problemLinesOf(colors, link).map((line) => `    ${line}`),
    ...(id === undefined ? [] : outputLines(colors, id, link).map((line) => `    ${line}`)),
    `    ${colors.dim(`${dateTime(link.time)}  ${link.type}`)}`,
  ];
}

/** How to read what a step wrote that failed. */
export const outputLines = (colors: Colors, id: string, { output }: ChainLink): string[] =>
  output === undefined ? [] : [colors.dim(`its output: backstay output ${id} ${output}`)];

const details = /^(Step|SmokeTest|HealthCheck)/;

/** Why, without each single step and check. */
export const whyInShort = (colors: Colors, { chain, ...why }: Why): string[] =>
  whyLines(colors, { ...why, chain: chain.filter(({ type }) => !details.test(type)) });
