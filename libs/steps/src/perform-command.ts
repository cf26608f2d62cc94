import type { Action, Command } from '@backstay/document';
import { failingTexts, judgeCommand, withValues } from '@backstay/checks';
import {
  forgetCommand,
  ownWords,
  probeCommand,
  runCommand,
  type CommandLine,
  type CommandOutcome,
  type CommandOutput,
} from '@backstay/hosts';
import { awaitConditionAt } from './await-condition.ts';
import { prepareDirectory } from './layout.ts';
import { lastWords, outputLimitBytes, storeOutput } from './output.ts';
import { environmentFor, knownEnvironment, type StepEnvironment } from './step-environment.ts';
import { failed, interrupted, noLongerWanted, succeeded, unknown, type StepEnd } from './step-end.ts';
import { keyOf, type StepTask } from './step-task.ts';
import { wordsOf } from './bounded.ts';

type Run = Pick<Extract<Action, { kind: 'run' }>, 'commands' | 'shell'>;

/**
 * Runs the commands under the supervisor, which outlives this process; somebody who performs the same attempt again takes
 * part in the same run. @throws {StaleToken} when somebody with a higher token performs the step.
 */
export async function performCommand(task: StepTask, { commands, shell }: Run): Promise<StepEnd> {
  const prepared = await prepare(task, commands, shell).catch((error: unknown) => failed(wordsOf(error, task)));
  if ('outcome' in prepared) return prepared;
  const { environment, lines, cwd } = prepared;
  const { step, attempt, unwanted } = task;
  const outcome = await runCommand({
    ...where(task, environment, cwd),
    attempt,
    commands: lines,
    shell,
    timeoutMs: step.timeoutMs,
    outputLimitBytes,
    signal: unwanted,
  });
  const end = await endOfCommand(task, outcome, environment);
  if (end.outcome.status === 'unknown') return probed(task, end, environment, cwd);
  return end.outcome.status === 'succeeded' ? awaitConditionAt(task, end, { environment, cwd }) : end;
}

async function prepare(task: StepTask, commands: readonly Command[], shell: boolean) {
  const environment = isLenient(task) ? knownEnvironment(task) : environmentFor(task);
  return {
    environment,
    lines: commands.map((command) => lineOf(command, shell, environment)),
    cwd: await prepareDirectory(task),
  };
}

/** What runs already is not given up for a value that is gone; an undo does with what is there. */
function isLenient({ phase, ground, attempt, ...task }: StepTask): boolean {
  if (phase === 'rollback') return true;
  const seen = probeCommand({ directory: ground.dataDir, key: keyOf(task) });
  return seen.status !== 'none' && seen.attempt === attempt;
}

/** A shell puts variables in place itself, out of the environment. */
function lineOf({ text, argv }: Command, shell: boolean, { argument }: StepEnvironment): CommandLine {
  return { text, argv: shell ? argv : argv.map(argument) };
}

function where(task: StepTask, { variables, mask }: StepEnvironment, cwd: string) {
  return { directory: task.ground.dataDir, key: keyOf(task), token: task.token, cwd, env: variables, mask };
}

/** Judges how a command ended by what the document expects, and keeps its output. */
export async function endOfCommand(
  task: Pick<StepTask, 'ground' | 'step'>,
  outcome: CommandOutcome,
  { redact, lookup }: Pick<StepEnvironment, 'redact' | 'lookup'>,
): Promise<StepEnd> {
  if (outcome.status === 'not-started')
    return outcome.why.includes('interrupted before')
      ? interrupted(noLongerWanted)
      : failed(`it could not be started: ${outcome.why}`);
  if (outcome.status === 'unknown') return unknown(outcome.why);
  const output = await storeOutput(outcome.output, redact, task.ground.blobs);
  const { durationMs } = outcome;
  if (outcome.status === 'interrupted') return interrupted(noLongerWanted, { output, result: { durationMs } });
  if (outcome.status === 'timed-out')
    return failed(`it did not end within ${task.step.timeoutMs} ms`, { output, result: { durationMs } });
  const { exitCode } = outcome;
  const failing = failingTexts(
    judgeCommand(withValues(task.step.expected, lookup), {
      exitCode,
      durationMs,
      output: await spoken(outcome.output),
    }),
  );
  const facts = { output, result: { exitCode, durationMs } };
  return failing.length === 0 ? succeeded(facts) : failed(`${redact(failing.join('; '))}${lastWords(output)}`, facts);
}

async function spoken(output: CommandOutput): Promise<string> {
  const words = await ownWords(output);
  return output.truncated ? words + output.tail : words;
}

/** The step's own probe can tell that an act whose end nobody saw was done. */
async function probed(task: StepTask, end: StepEnd, environment: StepEnvironment, cwd: string): Promise<StepEnd> {
  const { probe } = task.step;
  if (probe === undefined) return end;
  const { key, ...rest } = where(task, environment, cwd);
  const look = {
    ...rest,
    key: `${key}.probe`,
    attempt: 1,
    commands: [lineOf(probe, false, environment)],
    timeoutMs: task.step.timeoutMs,
    signal: task.unwanted,
  };
  const outcome = await runCommand(look);
  await forgetCommand(look);
  const isDone = outcome.status === 'exited' && outcome.exitCode === 0;
  return isDone ? succeeded({ result: { probed: probe.text } }) : end;
}
