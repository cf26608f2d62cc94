import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { notifyOfRollback, notifyOfStep } from './run.ts';

/** A notification whose delivery is recorded. */
export const notify: StepKind<ActionOf<'notify'>> = { run: notifyOfStep, undo: notifyOfRollback };
