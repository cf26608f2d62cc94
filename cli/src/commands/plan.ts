import type { Plan, Problem } from '@backstay/document';
import type { Context } from '../context.ts';
import { planLines } from '../documents/plan-lines.ts';
import { countOf, problemLines } from '../documents/problems.ts';
import { readNamed } from '../documents/read-file.ts';
import { requestOf } from '../documents/request.ts';
import { standingLines, type Standing } from '../documents/standing-lines.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Command } from './command.ts';

interface Options {
  readonly environment?: string;
  readonly release?: string;
  readonly bindings?: string;
  readonly environments?: string;
}

/** `backstay plan FILE`: what would be done, and what blocks it. A platform is asked when one is named. */
export const run: Command<[string], Options> = async (context, [file], options) => {
  const text = await readNamed(context.world, file);
  return context.urlNamed ? askPlatform(context, file, text, options) : planHere(context, file, text, options);
};

interface Shown extends Standing {
  readonly digest: string;
  readonly plan: Plan;
  readonly warnings?: readonly Problem[];
}

async function askPlatform(
  context: Context,
  file: string,
  text: string,
  { environment, release }: Options,
): Promise<ExitCode> {
  const request = await requestOf(file, text, { environment, release });
  const { body } = await context.api.post<Shown>('/v1/plans', request);
  return show(context, body);
}

const elsewhere =
  'no platform was asked: what runs and who holds it, quarantine, Blocked By and windows are not known; name one with --url';

async function planHere(context: Context, file: string, text: string, options: Options): Promise<ExitCode> {
  const { environment, release: version, bindings, environments } = options;
  const { planLocally } = await import('../documents/local-plan.ts');
  const made = await planLocally(context.world, { file, text, environment, version, bindings, environments });
  if (!made.ok) {
    context.emit({ ok: false, problems: made.problems });
    problemLines(context.colors, made.problems, made.sources, file).forEach((line) => context.say(line));
    context.say(`${file}: ${countOf(made.problems)}`);
    return exitCodes.problems;
  }
  const { digest, plan, blockers, warnings } = made;
  const { leftToPreflight } = await import('@backstay/projections');
  const unknown = [{ code: 'no-platform', message: elsewhere }];
  return show(context, { digest, plan, blockers, warnings, unknown, preflight: leftToPreflight(plan) });
}

/** Blockers do not fail: the plan was made, and tells what is still to come. */
function show(context: Context, shown: Shown): ExitCode {
  const { digest, plan, blockers } = shown;
  context.emit(shown);
  if (context.json) return exitCodes.done;
  planLines(context.colors, digest, plan, blockers).forEach((line) => context.say(line));
  context.say();
  standingLines(context.colors, shown).forEach((line) => context.say(line));
  return exitCodes.done;
}
