import type { Environment } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/format.ts';
import type { Command } from './command.ts';

/** `backstay environments`: what runs where; environments whose running version is unknown come first. */
export const run: Command<[]> = async (context) => {
  const environments: Environment[] = [];
  for await (const page of context.api.pages('listEnvironments', {})) environments.push(...page.environments);
  context.emit({ environments });
  environmentLines(context.colors, environments).forEach((line) => context.say(line));
  return exitCodes.done;
};

export function environmentLines(colors: Colors, environments: readonly Environment[]): string[] {
  if (environments.length === 0) return ['Nothing is known to run anywhere yet.'];
  const isUnknown = ({ unknown }: Environment): number => (unknown ? 0 : 1);
  const ordered = [...environments].sort((a, b) => isUnknown(a) - isUnknown(b));
  return table(
    ordered.map(({ service, environment, unknown, unverified, sentence }) => [
      unknown ? colors.red('? not known') : unverified ? colors.yellow('? not verified') : colors.dim('· recorded'),
      service,
      environment,
      sentence,
    ]),
  );
}
