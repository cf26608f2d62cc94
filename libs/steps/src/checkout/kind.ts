import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { refFindings } from './preflight.ts';
import { checkOut } from './run.ts';

/** A git work tree at an exact commit. */
export const checkout: StepKind<ActionOf<'checkout'>> = { preflight: refFindings, run: checkOut };
