import { interrupted, noLongerWanted } from '../end.ts';
import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';

/** Time that passes: a wait is begun and completed without being performed, and only lacks its time when it is interrupted. */
export const wait: StepKind<ActionOf<'wait'>> = { interrupt: () => interrupted(noLongerWanted) };
