import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { backupFindings, roomFindings } from './preflight.ts';
import { backUp } from './run.ts';

/** A dump of databases; what puts it back is `restore`. */
export const backup: StepKind<ActionOf<'backup'>> = {
  preflight: backupFindings,
  preflightBack: roomFindings,
  capture: async ([first]) => (first === undefined ? {} : { backupStep: first.id }),
  run: backUp,
};
