import { PhaseStage, stageSetup } from '@backstay/service-kit/testing';
import { executionService } from './index.ts';

export { planOf, recordOf, run, step } from '@backstay/service-kit/testing';

export const world = async () => new PhaseStage(await stageSetup(executionService));
export type World = PhaseStage;
