export { withinTime, messageOf } from './bounded.ts';
export { accountOf, runAsOf } from './account.ts';
export { stepContextOf, type StepContext } from './context.ts';
export { performedDeployment, stepDeploymentOf, type StepDeployment } from './deployment.ts';
export { interrupted, noLongerWanted, type StepEnd } from './end.ts';
export {
  environmentFor,
  knownEnvironment,
  providedVariables,
  resolverOf,
  type StepEnvironment,
} from './environment.ts';
export { readProof, reportSources } from './evidence/read.ts';
export { blocking, fine, maskedBy, warning, type FindingCode } from './findings.ts';
export { deploymentIo, type DeploymentIo } from './io.ts';
export { isHere, type Preflight } from './kind.ts';
export {
  backupPath,
  checkOutInto,
  prepareDirectory,
  prepareSource,
  repositoriesPath,
  sourcePath,
  workspacePath,
} from './layout.ts';
export { logPlace, logsOf, noteLogPositions, withNames } from './logs.ts';
export { metricReaderOf } from './metrics.ts';
export { announce, type Announcement } from './notify/announce.ts';
export { completeWait, interruptStep, performStep, type RunContext } from './perform.ts';
export { captureBefore, preflightBackOf, preflightOf } from './dispatch.ts';
export { knownDatabases } from './restore/databases.ts';
export { redactedHandlers } from './redacted.ts';
export { sectionChecks } from './section/checks.ts';
export { flowCheck } from './section/flows.ts';
export { healthCheck } from './section/health.ts';
export { probeDashboard } from './section/probe-dashboard.ts';
export { checkRestored } from './section/restoration.ts';
export { stepKey, type ActiveState } from './task.ts';
