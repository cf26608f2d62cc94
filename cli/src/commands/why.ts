import type { Why } from '../api/shapes.ts';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { dateTime } from '../output/format.ts';
import { pathOf } from '../watch/snapshot.ts';
import { statusText } from '../watch/status.ts';
import type { Command } from './command.ts';

/** `backstay why ID`: the sentence, then the chain of causes, the newest first. */
export const run: Command<[string]> = async (context, [id]) => {
  const why = await context.api.get<Why | null>(`${pathOf(id)}/why`);
  context.emit(why);
  const lines = why ? whyLines(context.colors, why) : ['Nothing is recorded that could be told.'];
  lines.forEach((line) => context.say(line));
  return exitCodes.done;
};

export function whyLines(colors: Colors, { status, sentence, chain }: Why): string[] {
  const links = chain.flatMap(({ time, type, summary }, index) => [
    `${index === 0 ? ' ' : colors.dim('↳ because')} ${summary}`,
    `    ${colors.dim(`${dateTime(time)}  ${type}`)}`,
  ]);
  return [statusText(colors, status), sentence, ...(links.length > 0 ? ['', ...links] : [])];
}

const details = /^(Step|SmokeTest|HealthCheck)/;

/** Why, without each single step and check. */
export const whyInShort = (colors: Colors, { chain, ...why }: Why): string[] =>
  whyLines(colors, { ...why, chain: chain.filter(({ type }) => !details.test(type)) });
