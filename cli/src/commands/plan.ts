import type { Blocker, Plan } from '@backstay/document';
import type { Context } from '../context.ts';
import { blockerLines, planLines } from '../documents/plan-lines.ts';
import { countOf, problemLines } from '../documents/problems.ts';
import { readNamed } from '../documents/read-file.ts';
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
  return context.urlNamed ? askPlatform(context, text, options) : planHere(context, file, text, options);
};

interface Shown {
  readonly digest: string;
  readonly plan: Plan;
  readonly blockers: readonly Blocker[];
}

async function askPlatform(context: Context, text: string, { environment, release }: Options): Promise<ExitCode> {
  const { body } = await context.api.post<Shown>('/v1/plans', { document: text, environment, version: release });
  return show(context, body, body);
}

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
  return show(context, { digest, plan, blockers, warnings }, { digest, plan, blockers });
}

/** Blockers do not fail: the plan was made, and tells what is still to come. */
function show(context: Context, json: unknown, { digest, plan, blockers }: Shown): ExitCode {
  context.emit(json);
  if (context.json) return exitCodes.done;
  planLines(context.colors, digest, plan, blockers).forEach((line) => context.say(line));
  if (blockers.length > 0) context.say();
  blockerLines(context.colors, blockers).forEach((line) => context.say(line));
  return exitCodes.done;
}
