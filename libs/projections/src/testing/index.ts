export { errorRateLimit, exampleCriteria, examplePlan, exampleStep, exampleSteps } from './plan.ts';
export { secondsIn, Scenario, type StepEnding } from './scenario.ts';
export { goodFindings, goodReport, goodSteps, health, login, operator, previous } from './outcomes.ts';
export { breach, measuredStream, sample } from './readings.ts';
export { expectedVerdicts, provingEvents, type ObservedEvent, type Verdict } from './oracle.ts';
export * from './scenarios.ts';
