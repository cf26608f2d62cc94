import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { backupFindings, spaceFindings } from './preflight.ts';
import { backUp } from './run.ts';

/** A dump of databases; what puts it back is `restore`. */
export const backup: StepKind<ActionOf<'backup'>> = {
  preflight: backupFindings,
  preflightBack: spaceFindings,
  capture: async ([first]) => (first === undefined ? {} : { backupStep: first.id }),
  run: backUp,
};
