import { forAllTests, PhaseStage } from '@backstay/service-kit/testing';
import { executionService } from './index.ts';

export { planOf, recordOf, run, step } from '@backstay/service-kit/testing';

export const world = () => forAllTests(new PhaseStage(executionService));
