import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';

/** A person's work: the deployment is held until it is confirmed. */
export const manual: StepKind<ActionOf<'manual'>> = {};
