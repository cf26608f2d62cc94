import { forgetCommand, runCommand } from '@backstay/hosts';
import { succeeded, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import { prepareDirectory } from '../layout.ts';
import type { ActionOf, StepTask } from '../task.ts';
import { lineOf, placeOf } from './command.ts';

/** The step's own `Probe:` can show that an act whose end nobody saw was done. @throws {StaleToken} */
export async function probeCommands(task: StepTask<ActionOf<'run'>>, end: StepEnd): Promise<StepEnd> {
  const { probe, timeoutMs } = task.step;
  if (probe === undefined) return end;
  const environment = knownEnvironment(task);
  const { key, ...place } = placeOf(task, environment, await prepareDirectory(task));
  const look = {
    ...place,
    key: `${key}.probe`,
    attempt: 1,
    commands: [lineOf(probe, false, environment)],
    timeoutMs,
    signal: task.unwanted,
  };
  const outcome = await runCommand(look);
  await forgetCommand(look);
  const isDone = outcome.status === 'exited' && outcome.exitCode === 0;
  return isDone ? succeeded({ result: { probed: probe.text } }) : end;
}
