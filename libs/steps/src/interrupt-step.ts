import { interruptCommand, type CommandProbe } from '@backstay/hosts';
import { endOfCommand } from './perform-command.ts';
import { knownEnvironment } from './step-environment.ts';
import { interrupted, noLongerWanted, unknown, type StepEnd } from './step-end.ts';
import { keyOf, type StepTask } from './step-task.ts';

export type Interruption = Pick<StepTask, 'ground' | 'deployment' | 'step' | 'attempt' | 'token'> & {
  /** The host on which the attempt was begun, and this one. */
  readonly begunOn: string;
  readonly host: string;
};

/**
 * Ends a step that its own performer does not end any more, and tells how it really ended. What another machine began, nobody
 * here can end: `unknown`. @throws {StaleToken}
 */
export async function interruptStep(task: Interruption): Promise<StepEnd> {
  const { step, begunOn, host } = task;
  // Nobody performs a wait: it only lacked its time.
  if (step.action.kind === 'wait') return interrupted(noLongerWanted);
  if (step.action.kind !== 'run') return closed(step.effect === 'opaque');
  const { ground, token, attempt } = task;
  const seen = await interruptCommand({ directory: ground.dataDir, key: keyOf(task), token });
  if (seen.status === 'none' || seen.attempt !== attempt)
    return begunOn === host
      ? interrupted('it never began')
      : unknown(`it was begun on ${begunOn}, where nobody here can look`);
  return endSeen(task, seen);
}

/** Steps without a process of their own ended with their performer. */
function closed(opaque: boolean): StepEnd {
  return opaque ? unknown('its performer was lost while it ran') : interrupted('its performer was lost while it ran');
}

function endSeen(task: Interruption, seen: Exclude<CommandProbe, { status: 'none' }>): Promise<StepEnd> | StepEnd {
  if (seen.status === 'running') return unknown('it was asked to end and did not');
  if (seen.status === 'unknown') return unknown(seen.why);
  return endOfCommand(task, seen.outcome, knownEnvironment(task));
}
