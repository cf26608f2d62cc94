import { waitUntil } from '@backstay/hosts';
import { messageOf, throwIfLacking } from './bounded.ts';
import { prepareDirectory } from './layout.ts';
import { environmentFor, knownEnvironment, type StepEnvironment } from './environment.ts';
import { failed, interrupted, noLongerWanted, type StepEnd } from './end.ts';
import { keyOf, type StepTask } from './task.ts';

/** Where a step's commands run, and with which values. */
export interface CommandPlace {
  readonly environment: StepEnvironment;
  readonly cwd: string;
}

/** Asks a step's `Wait until:` after an act that was not a command; a step without one has ended already. @throws {StaleToken} */
export async function awaitCondition(task: StepTask, end: StepEnd): Promise<StepEnd> {
  if (task.step.waitUntil === undefined) return end;
  const place = await placeOf(task).catch((error: unknown) => {
    throwIfLacking(error, task.context.dataDir);
    return messageOf(error, task);
  });
  return typeof place === 'string' ? failed(place, detailsOf(end)) : awaitConditionAt(task, end, place);
}

async function placeOf(task: StepTask): Promise<CommandPlace> {
  const environment = task.phase === 'rollback' ? knownEnvironment(task) : environmentFor(task);
  return { environment, cwd: await prepareDirectory(task) };
}

/** The same where it is known already. @throws {StaleToken} */
export async function awaitConditionAt(
  task: StepTask,
  end: StepEnd,
  { environment, cwd }: CommandPlace,
): Promise<StepEnd> {
  const { step, context, token, unwanted } = task;
  if (step.waitUntil === undefined) return end;
  const { command, withinMs } = step.waitUntil;
  const { status } = await waitUntil({
    directory: context.dataDir,
    key: keyOf(task),
    token,
    cwd,
    runAs: environment.account(),
    env: environment.variables,
    mask: environment.mask,
    open: environment.open,
    withhold: environment.withhold,
    commands: [{ text: command.text, argv: command.argv.map(environment.argument) }],
    withinMs,
    signal: unwanted,
  });
  if (status === 'met') return end;
  if (status === 'interrupted') return interrupted(noLongerWanted, detailsOf(end));
  return failed(`\`${command.text}\` did not exit 0 within ${withinMs} ms`, detailsOf(end));
}

function detailsOf({ outcome: _ended, ...details }: StepEnd): Omit<StepEnd, 'outcome'> {
  return details;
}
