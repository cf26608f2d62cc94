import type { DryRun, DryRunBody } from '@backstay/api-contract';
import type { Context } from '../context.ts';
import { planLines } from '../documents/plan-lines.ts';
import { countByFile, problemLines } from '../documents/problems.ts';
import { bindingsFor } from '../documents/bindings-for.ts';
import { readNamed } from '../documents/read-file.ts';
import { isPlan, requestOf } from '../documents/request.ts';
import { standingLines, type Standing } from '../documents/standing-lines.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { ofFile } from '../failure.ts';
import type { Command } from './command.ts';

interface Options {
  readonly environment?: string;
  readonly release?: string;
  readonly bindings?: string;
  readonly environments?: string;
  readonly strict?: boolean;
}

/** `backstay plan FILE`: what would be done, and what blocks it. A platform is asked when one is named. */
export const run: Command<[string], Options> = async (context, [file], options) => {
  const text = await readNamed(context.world, file);
  const planned = context.urlNamed ? askPlatform : planHere;
  return planned(context, file, text, options);
};

type GivenBindings = NonNullable<DryRunBody['bindings']>;

/** What a platform replies, or the parts of it that can be found here. */
type Shown = Standing & Pick<DryRun, 'digest' | 'plan'> & Partial<Pick<DryRun, 'warnings' | 'bindings'>>;

async function askPlatform(context: Context, file: string, text: string, options: Options): Promise<ExitCode> {
  const { environment, release } = options;
  const request = await requestOf(file, text, { environment, release });
  const given = isPlan(file, text) ? undefined : await bindingsFor(context.world, file, options.bindings);
  const bindings = given && { ...given, instead: options.bindings !== undefined };
  try {
    const { body } = await context.api.call('dryRun', { body: { ...request, ...(bindings && { bindings }) } });
    return show(context, body, options, body.bindings === undefined ? undefined : usedLine(body, bindings));
  } catch (error) {
    throw ofFile(error, file, new Map([[file, text], ...(given ? [[given.file, given.text] as const] : [])]));
  }
}

/** Which bindings gave the lines their meaning. */
function usedLine({ bindings, commit }: Shown, given: GivenBindings | undefined): string {
  if (bindings?.from === 'request')
    return given?.instead === true
      ? `bindings: ${bindings.file}, instead of the repository's`
      : `bindings: ${bindings.file} beside the document, because the repository was not read`;
  if (bindings?.from === 'repository')
    return `bindings: ${bindings.file} of the repository${commit ? ' at that commit' : ''}`;
  const beside =
    given === undefined
      ? ''
      : `; ${given.file} beside the document is not committed: commit it, or name it with \`--bindings ${given.file}\``;
  return `bindings: none${commit ? `, because the repository has none at that commit${beside}` : ''}`;
}

const elsewhere =
  'no platform was asked: what runs, who holds the environment, quarantine, Blocked By and windows are unknown; name a platform with --url';

async function planHere(context: Context, file: string, text: string, options: Options): Promise<ExitCode> {
  const { environment, release: version, bindings, environments } = options;
  const { planLocally } = await import('../documents/local-plan.ts');
  const made = await planLocally(context.world, { file, text, environment, version, bindings, environments });
  if (!made.ok) {
    context.emit({ ok: false, problems: made.problems });
    problemLines(context.colors, made.problems, made.sources, file).forEach((line) => context.say(line));
    context.say(countByFile(made.problems, file));
    return made.problems.every(({ of }) => of === 'request') ? exitCodes.usage : exitCodes.problems;
  }
  const { digest, plan, blockers, warnings, bindings: used } = made;
  const { leftToPreflight } = await import('@backstay/projections');
  const unknown = [{ code: 'no-platform', message: elsewhere }];
  const shown = { digest, plan, blockers, warnings, unknown, preflight: leftToPreflight(plan) };
  return show(context, shown, options, used === null ? undefined : `bindings: ${used}`);
}

/** Blockers fail only where that is asked for: the plan was made, and shows what is still to come. */
function show(context: Context, shown: Shown, { strict }: Options, bindings: string | undefined): ExitCode {
  const { digest, plan, blockers } = shown;
  const code = strict === true && blockers.length > 0 ? exitCodes.denied : exitCodes.done;
  context.emit(shown);
  if (context.json) return code;
  planLines(context.colors, digest, plan, blockers).forEach((line) => context.say(line));
  context.say();
  if (bindings !== undefined) context.say(bindings);
  standingLines(context.colors, shown).forEach((line) => context.say(line));
  return code;
}
