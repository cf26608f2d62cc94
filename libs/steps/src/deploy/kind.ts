import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { deliver } from './run.ts';

/** Puts the new version in place with a deployer; what takes it back is `revert`. */
export const deploy: StepKind<ActionOf<'deploy'>> = { run: deliver };
