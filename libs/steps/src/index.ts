export { backupTools } from './backup-tools.ts';
export { withinTime, wordsOf } from './bounded.ts';
export {
  DeliveryNotSupported,
  deliverySite,
  type DeliverySite,
  pointBack,
  readinessOf,
  whyNotSupported,
} from './delivery-site.ts';
export { stepDeploymentOf } from './deployment-of.ts';
export { groundOf } from './ground-of.ts';
export { idleSupervisors } from './idle-supervisors.ts';
export { type Interruption, interruptStep } from './interrupt-step.ts';
export {
  backupPath,
  directoryOf,
  insideWorkspace,
  prepareDirectory,
  repositoriesPath,
  sourcePath,
  workspacePath,
} from './layout.ts';
export { logDirectories, logsOf, notedLogPositions, noteLogPositions, withNames } from './logs.ts';
export { completeWait } from './complete-wait.ts';
export { maskedBy } from './masked-finding.ts';
export { performCommand } from './perform-command.ts';
export { announce, type Announcement, performNotice } from './perform-notice.ts';
export { performRequest } from './perform-request.ts';
export { performTraffic, performWeights, proxyAt } from './perform-traffic.ts';
export { failed, interrupted, type StepEnd, succeeded, unknown } from './step-end.ts';
export {
  environmentFor,
  knownEnvironment,
  providedVariables,
  resolverOf,
  SecretInArguments,
  type StepEnvironment,
} from './step-environment.ts';
export { keyOf, type StepDeployment, type StepGround, stepKey, type StepTask } from './step-task.ts';
export { holdFor, stepTaskOf } from './step-turn.ts';
export { type Surroundings, surroundingsOf } from './surroundings.ts';
