export { exampleOrigin, exampleRequest, exampleRequested } from './requests.ts';
export { exampleHealthCheck, examplePlan, exampleSmokeTest, exampleStep, exampleTrigger } from './plans.ts';
export { breachOf, exampleBreach, passingChecks, passingReading, at, minutes } from './readings.ts';
export { decided, foldDeployment, historyOf, histories, nextAt } from './histories.ts';
export { Crash, Simulation, type Append, type Script } from './simulation.ts';
