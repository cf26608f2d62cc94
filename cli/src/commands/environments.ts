import type { Answer } from '../api/client.ts';
import type { EnvironmentView } from '../api/shapes.ts';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/format.ts';
import type { Command } from './command.ts';

/** `backstay environments`: what runs where, those first of which nobody knows what runs. */
export const run: Command<[]> = async (context) => {
  const environments: EnvironmentView[] = [];
  let path: string | null = '/v1/environments';
  while (path !== null) {
    const page: Answer<{ environments: EnvironmentView[] }> = await context.api.getPage(path);
    environments.push(...page.body.environments);
    path = page.next;
  }
  context.emit({ environments });
  environmentLines(context.colors, environments).forEach((line) => context.say(line));
  return exitCodes.done;
};

export function environmentLines(colors: Colors, environments: readonly EnvironmentView[]): string[] {
  if (environments.length === 0) return ['Nothing is known to run anywhere yet.'];
  const isUnknown = ({ unknown }: EnvironmentView): number => (unknown ? 0 : 1);
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
