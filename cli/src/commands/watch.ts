import { follow } from '../watch/follow.ts';
import type { Command } from './command.ts';

interface Options {
  readonly timeout?: number;
}

/** `backstay watch ID`; the exit code shows how the deployment ended. */
export const run: Command<[string], Options> = async (context, [id], { timeout }) =>
  (await follow(context, { id, timeoutMs: timeout })).exitCode;
