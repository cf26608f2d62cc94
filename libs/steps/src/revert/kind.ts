import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { revertPart } from './undo.ts';

/** A part of what the deployer's inverse does. */
export const revert: StepKind<ActionOf<'revert'>> = { undo: revertPart };
