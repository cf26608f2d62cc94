import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { restoreBackup } from './undo.ts';

/** Puts a backup of this deployment back. */
export const restore: StepKind<ActionOf<'restore'>> = { undo: restoreBackup };
