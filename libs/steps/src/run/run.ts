import type { Command } from '@backstay/document';
import { mayBeRunAgain } from '@backstay/deployment';
import { interruptCommand, probeCommand, runCommand } from '@backstay/hosts';
import { awaitConditionAt } from '../await-condition.ts';
import { failedBy } from '../bounded.ts';
import type { StepEnd } from '../end.ts';
import { environmentFor, knownEnvironment } from '../environment.ts';
import { prepareDirectory } from '../layout.ts';
import { outputLimitBytes } from '../output.ts';
import { keyOf, type ActionOf, type StepTask } from '../task.ts';
import { lineOf, placeOf } from './command.ts';
import { endOfCommand } from './command-end.ts';

/**
 * Runs the commands under the supervisor, which outlives this process; somebody who performs the same attempt again takes
 * part in the same run. @throws {StaleToken} when somebody with a higher token performs the step.
 */
export async function runCommands(task: StepTask<ActionOf<'run'>>): Promise<StepEnd> {
  const { step, attempt, phase, unwanted } = task;
  const { commands, shell } = step.action;
  // Records that cannot be read are the platform's fault, not the step's.
  const lenient = isLenient(task);
  const prepared = await prepare(task, commands, shell, lenient).catch((error: unknown) => failedBy(error, task));
  if ('outcome' in prepared) return prepared;
  const { environment, lines, cwd } = prepared;
  const place = placeOf(task, environment, cwd);
  const outcome = await runCommand({
    ...place,
    attempt,
    commands: lines,
    timeoutMs: step.timeoutMs,
    outputLimitBytes,
    signal: unwanted,
  });
  // What lost its supervisor would act beside the next attempt.
  if (outcome.status === 'unknown' && outcome.running === true && phase === 'rollback' && mayBeRunAgain(step))
    await interruptCommand({ directory: place.directory, key: place.key, token: place.token });
  const end = await endOfCommand(task, outcome, environment);
  return end.outcome.status === 'succeeded' ? awaitConditionAt(task, end, { environment, cwd }) : end;
}

async function prepare(task: StepTask, commands: readonly Command[], shell: boolean, lenient: boolean) {
  const environment = lenient ? knownEnvironment(task) : environmentFor(task);
  return {
    environment,
    lines: commands.map((command) => lineOf(command, shell, environment)),
    cwd: await prepareDirectory(task),
  };
}

/** What runs already is not given up for a value that is gone; an undo does with what is there. */
function isLenient({ phase, context, attempt, ...task }: StepTask): boolean {
  if (phase === 'rollback') return true;
  const seen = probeCommand({ directory: context.dataDir, key: keyOf(task) });
  return seen.status !== 'none' && seen.attempt === attempt;
}
