export { backupTools } from './backup-tools.ts';
export { wordsOf, withinTime } from './bounded.ts';
export {
  deliverySite,
  DeliveryNotSupported,
  pointBack,
  readinessOf,
  whyNotSupported,
  type DeliverySite,
} from './delivery-site.ts';
export { stepDeploymentOf } from './deployment-of.ts';
export { groundOf } from './ground-of.ts';
export { interruptStep, type Interruption } from './interrupt-step.ts';
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
export { maskedBy } from './masked-finding.ts';
export { performCommand } from './perform-command.ts';
export { announce, performNotice, type Announcement } from './perform-notice.ts';
export { performRequest } from './perform-request.ts';
export { performTraffic, performWeights, proxyAt } from './perform-traffic.ts';
export { performWait } from './perform-wait.ts';
export { failed, interrupted, succeeded, unknown, type StepEnd } from './step-end.ts';
export {
  environmentFor,
  knownEnvironment,
  providedVariables,
  resolverOf,
  SecretInArguments,
  type StepEnvironment,
} from './step-environment.ts';
export { keyOf, stepKey, type StepDeployment, type StepGround, type StepTask } from './step-task.ts';
export { holdFor, stepTaskOf } from './step-turn.ts';
export { surroundingsOf, type Surroundings } from './surroundings.ts';
