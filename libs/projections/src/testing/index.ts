export { errorRateLimit, exampleCriteria, examplePlan, exampleStep, exampleSteps } from './plan.ts';
export { secondsIn, Story, type StepEnding } from './story.ts';
export { goodFindings, goodReport, goodSteps, health, login, operator, previous } from './answers.ts';
export { breach, measuredStream, sample } from './readings.ts';
export { expectedVerdicts, provenBy, type Told, type Verdict } from './oracle.ts';
export * from './stories.ts';
