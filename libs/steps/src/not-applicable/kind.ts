import { succeeded, type StepEnd } from '../end.ts';
import type { StepKind } from '../kind.ts';
import type { ActionOf, StepTask } from '../task.ts';

async function nothing({ step }: StepTask<ActionOf<'not-applicable'>>): Promise<StepEnd> {
  return succeeded({ result: { notApplicable: step.action.why } });
}

/** A line that does not apply here. */
export const notApplicable: StepKind<ActionOf<'not-applicable'>> = { run: nothing, undo: nothing };
