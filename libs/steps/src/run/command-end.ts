import { failingTexts, judgeCommand, withValues } from '@backstay/checks';
import { ownOutput, type CommandOutcome, type CommandOutput } from '@backstay/hosts';
import { failed, interrupted, noLongerWanted, succeeded, unknown, type StepEnd } from '../end.ts';
import type { StepEnvironment } from '../environment.ts';
import { lastOutput, storeOutput } from '../output.ts';
import type { Interruption } from '../task.ts';

/** Judges how a command ended by what the document expects, and keeps its output. */
export async function endOfCommand(
  task: Pick<Interruption, 'context' | 'step' | 'deployment'>,
  outcome: CommandOutcome,
  { redact, lookup }: Pick<StepEnvironment, 'redact' | 'lookup'>,
): Promise<StepEnd> {
  if (outcome.status === 'not-started')
    return outcome.why.includes('interrupted before')
      ? interrupted(noLongerWanted)
      : failed(`it could not be started: ${outcome.why}`);
  if (outcome.status === 'unknown') return unknown(outcome.why);
  const output = await storeOutput(outcome.output, redact, {
    blobs: task.context.blobs,
    deployment: task.deployment.id,
  });
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
  const details = { output, result: { exitCode, durationMs } };
  return failing.length === 0
    ? succeeded(details)
    : failed(`${redact(failing.join('; '))}${lastOutput(output)}`, details);
}

async function spoken(output: CommandOutput): Promise<string> {
  const message = await ownOutput(output);
  return output.truncated ? message + output.tail : message;
}
