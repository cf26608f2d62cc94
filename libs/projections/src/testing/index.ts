export { errorRateLimit, exampleCriteria, examplePlan, exampleStep, exampleSteps } from './plan.ts';
export { secondsIn, Story, type StepEnding } from './story.ts';
export * from './stories.ts';
