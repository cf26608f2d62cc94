export { eventually, found } from './found.ts';
export { PhaseStage, type Beginning } from './phase-stage.ts';
export { planOf, run, step } from './plans.ts';
export { stageGround, type StageGround } from './stage-ground.ts';
export { recordOf } from './told.ts';
