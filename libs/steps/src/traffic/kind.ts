import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { captureWeights } from './capture.ts';
import { proxyFindings } from './preflight.ts';
import { moveShare, moveShareBack } from './run.ts';

/** Moves weight on a proxy; what takes it back is `weights`. */
export const traffic: StepKind<ActionOf<'traffic'>> = {
  preflight: proxyFindings,
  preflightBack: proxyFindings,
  capture: captureWeights,
  run: moveShare,
  undo: moveShareBack,
};
