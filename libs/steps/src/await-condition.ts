import { waitUntil } from '@backstay/hosts';
import { wordsOf } from './bounded.ts';
import { prepareDirectory } from './layout.ts';
import { environmentFor, knownEnvironment, type StepEnvironment } from './step-environment.ts';
import { failed, interrupted, noLongerWanted, type StepEnd } from './step-end.ts';
import { keyOf, type StepTask } from './step-task.ts';

/** Where a step's commands run, and with which values. */
export interface CommandSite {
  readonly environment: StepEnvironment;
  readonly cwd: string;
}

/** Asks a step's `Wait until:` after an act that was no command; a step without one has ended already. @throws {StaleToken} */
export async function awaitCondition(task: StepTask, end: StepEnd): Promise<StepEnd> {
  if (task.step.waitUntil === undefined) return end;
  const site = await siteOf(task).catch((error: unknown) => wordsOf(error, task));
  return typeof site === 'string' ? failed(site, factsOf(end)) : awaitConditionAt(task, end, site);
}

async function siteOf(task: StepTask): Promise<CommandSite> {
  const environment = task.phase === 'rollback' ? knownEnvironment(task) : environmentFor(task);
  return { environment, cwd: await prepareDirectory(task) };
}

/** The same where it is known already. @throws {StaleToken} */
export async function awaitConditionAt(
  task: StepTask,
  end: StepEnd,
  { environment, cwd }: CommandSite,
): Promise<StepEnd> {
  const { step, ground, token, unwanted } = task;
  if (step.waitUntil === undefined) return end;
  const { command, withinMs } = step.waitUntil;
  const { status } = await waitUntil({
    directory: ground.dataDir,
    key: keyOf(task),
    token,
    cwd,
    env: environment.variables,
    mask: environment.mask,
    commands: [{ text: command.text, argv: command.argv.map(environment.argument) }],
    withinMs,
    signal: unwanted,
  });
  if (status === 'met') return end;
  if (status === 'interrupted') return interrupted(noLongerWanted, factsOf(end));
  return failed(`\`${command.text}\` did not exit 0 within ${withinMs} ms`, factsOf(end));
}

function factsOf({ outcome: _ended, ...facts }: StepEnd): Omit<StepEnd, 'outcome'> {
  return facts;
}
