import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';

/** What each module below `commands/` exports as `run`. */
export type Command<Arguments extends readonly unknown[], Options = object> = (
  context: Context,
  args: Arguments,
  options: Options,
) => Promise<ExitCode>;
