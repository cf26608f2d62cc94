export { exampleOrigin, exampleRequest, exampleRequested } from './requests.ts';
export { exampleHealthCheck, examplePlan, exampleSmokeTest, exampleStep, exampleTrigger, fullWatch } from './plans.ts';
export { breachOf, exampleBreach, passingChecks, passingReading, at, minutes } from './readings.ts';
export { decided, foldDeployment, historyOf, histories, nextAt } from './histories.ts';
export {
  interrupted,
  scriptedClaim,
  scriptedOutcome,
  scriptedSettlement,
  scriptedStep,
  scriptedVerdict,
  scriptedWatch,
  type EffectRun,
  type PlainEffect,
  type Script,
} from './script.ts';
export { ScriptedHistory, type Append } from './scripted-history.ts';
