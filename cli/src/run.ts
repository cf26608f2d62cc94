import { CommanderError } from 'commander';
import { createContext, type Context, type GlobalOptions } from './context.ts';
import { problemLines } from './documents/problems.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { createProgram } from './program.ts';
import type { World } from './world.ts';

/** Runs one command line, without `node` and the script; never throws. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(world, (ended) => (code = ended));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return reportError(createContext(world, program.opts<GlobalOptions>()), error);
  }
}

function reportError(context: Context, error: unknown): ExitCode {
  if (context.world.interrupted.aborted && !(error instanceof Failure)) {
    context.note('backstay: interrupted');
    return exitCodes.failed;
  }
  const failure = error instanceof Failure ? error : fault(error);
  context.emit(failure.problem);
  context.note(`backstay: ${headlineOf(failure)}`);
  problemLines(context.colors, failure.problem.errors ?? [], failure.sources, 'the request').forEach(context.note);
  return failure.exitCode;
}

/** Without the detail that only repeats one of the problems, each of which has its own line. */
function headlineOf({ message, problem: { title, detail, errors = [] } }: Failure): string {
  const isRepeated = errors.some((each) => detail?.includes(each.detail ?? each.message ?? detail));
  return isRepeated ? title : message;
}

function fault(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return new Failure(exitCodes.failed, process.env.BACKSTAY_DEBUG ? (stack ?? message) : message);
}
