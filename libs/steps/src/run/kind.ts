import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { interruptCommands } from './interrupt.ts';
import { probeCommands } from './probe.ts';
import { runCommands } from './run.ts';

/** Commands on this machine. */
export const run: StepKind<ActionOf<'run'>> = {
  run: runCommands,
  undo: runCommands,
  probe: probeCommands,
  interrupt: interruptCommands,
};
