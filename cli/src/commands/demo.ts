import { playDemo } from '../demo/scenario.ts';
import { Closing } from '../dev/closing.ts';
import { mustBeFree } from '../dev/platform.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Command } from './command.ts';

interface Options {
  readonly keep?: boolean;
  /** False with `--without-fault`. */
  readonly withoutFault?: boolean;
  readonly port?: number;
}

/** `backstay demo`: done only when the scenario happened exactly; nothing is left running, except with `--keep` until ^C. */
export const run: Command<[], Options> = async (context, _args, { keep = false, withoutFault = false, port = 0 }) => {
  await mustBeFree(port);
  const closing = new Closing();
  try {
    const { deviations, slowness } = await playDemo(context, { keep, faulty: !withoutFault, port }, closing);
    if (deviations.length === 0) return exitCodes.done;
    if (slowness !== null) {
      const advice = 'run it again when less else is running';
      throw new Failure(exitCodes.tooSlow, `this machine is too slow for the demo now: ${slowness}; ${advice}`);
    }
    throw new Failure(exitCodes.failed, `the scenario did not happen: ${deviations.join('; ')}`);
  } finally {
    context.note('stopping everything');
    await closing.close();
  }
};
