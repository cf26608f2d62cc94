import { interruptCommand, type CommandProbe } from '@backstay/hosts';
import { interrupted, unknown, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import { keyOf, type ActionOf, type Interruption } from '../task.ts';
import { endOfCommand } from './command-end.ts';

/** Ends the commands on this machine; their supervisor reports how they really ended. @throws {StaleToken} */
export async function interruptCommands(task: Interruption<ActionOf<'run'>>): Promise<StepEnd> {
  const { context, token, attempt, begunOn, host } = task;
  const seen = await interruptCommand({ directory: context.dataDir, key: keyOf(task), token });
  if (seen.status === 'none' || seen.attempt !== attempt)
    return begunOn === host
      ? interrupted('it never began')
      : unknown(`it was begun on ${begunOn}, where nobody here can look`);
  return endSeen(task, seen);
}

function endSeen(task: Interruption, seen: Exclude<CommandProbe, { status: 'none' }>): Promise<StepEnd> | StepEnd {
  if (seen.status === 'running') return unknown('it was asked to end and did not');
  if (seen.status === 'unknown') return unknown(seen.why);
  return endOfCommand(task, seen.outcome, knownEnvironment(task));
}
