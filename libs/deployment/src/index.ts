export {
  deploymentAggregate,
  environmentAggregate,
  housekeepingAggregate,
  measurementsAggregate,
  type MeasurementsState,
  type TakeMeasurements,
} from './aggregates.ts';
export {
  endingOf,
  eventTypes,
  isDeploymentEventType,
  isEndType,
  isEventType,
  isEvidence,
  isPublishedType,
  phasesWokenBy,
  type EventType,
} from './catalogue.ts';
export { deployment, deploymentStream, measurementsStream, type DeploymentCommand } from './deployment.ts';
export { effectKey, type Effect, type EffectOf, type Next } from './effect.ts';
export { environment, environmentId, environmentStream, partsOfEnvironment } from './environment/environment.ts';
export { quarantineOf } from './environment/quarantine.ts';
export type { EnvironmentCommand } from './environment/commands.ts';
export type { EnvironmentEvent, QuarantinedVersion } from './environment/events.ts';
export type { EnvironmentState } from './environment/state.ts';
export type { DeploymentEvent } from './events.ts';
export {
  keyOfKept,
  type HousekeepingCommand,
  type HousekeepingEvent,
  type HousekeepingState,
  type PrunedEnd,
  type PrunedItem,
  type PruningOutcome,
} from './housekeeping/housekeeping.ts';
export {
  keptKinds,
  keptReasons,
  retentionVerdict,
  type KeptItem,
  type KeptKind,
  type KeptReason,
  type OwnerState,
  type RetentionRules,
} from './housekeeping/retention.ts';
export { evidenceDue, evidenceLines, isSameEvidence, mayNotApply, type EvidenceLine } from './evidence.ts';
export { phases, preflightPhases, type Phase, type PreflightPhase } from './phase.ts';
export { isWatched, problemsOfRehearsal } from './plan.ts';
export {
  deployRequestSchema,
  evidenceEntrySchema,
  evidenceKinds,
  readerOf,
  type DeployRequest,
  type EvidenceEntry,
} from './request.ts';
export { databaseOf, databaseUrls, type DatabaseIdentities } from './database-identity.ts';
export {
  describeNotRestored,
  describeRestore,
  planRestores,
  refusalOfRestores,
  type PlannedRestores,
} from './restores.ts';
export { deriveRollback } from './rollback-steps.ts';
export {
  endings,
  isEnded,
  isRunning,
  activeState,
  rollbackTargetsOf,
  type ActiveStatus,
  type Claim,
  type DeploymentState,
  type Drafted,
  type Ended,
  type Ending,
  type Held,
  type Known,
  type Run,
  type Running,
} from './state.ts';
export {
  agenda,
  checksItem,
  countsFrom,
  hasMutated,
  isDone,
  nextStep,
  openStep,
  phaseOfStep,
  skipReason,
  undoList,
  runningVersionItem,
  watchItem,
} from './steps.ts';
export { releaseOf } from './transitions.ts';
export { upcast, upcastWith, type Upcaster } from './upcasting.ts';
export { mostApartMs } from './watched-time.ts';
export type {
  CheckPurpose,
  CheckResult,
  CommitInfo,
  DeploymentKind,
  Finding,
  HoldCode,
  Inherited,
  Notice,
  ReleaseRef,
  RequestOrigin,
  RestorationChecks,
  NotRestored,
  RestoreOutlook,
  RollbackPoint,
  StepRecord,
  SyntheticTraffic,
  Trigger,
  TriggerKind,
} from './values.ts';
export { mayEndWaits, type Appended, type WakeUp } from './wake-ups.ts';
export { isAlreadyHeld } from './planning/decide.ts';
export { deploymentWorkflow, environmentWorkflow, type Workflow } from './workflow.ts';

export type { PlanningCommand } from './planning/commands.ts';
export type { EvidenceRef, PlanningEvent } from './planning/events.ts';
export { mayBeRunAgain } from './execution/step-events.ts';
export type { ExecutionCommand, StepOutcome } from './execution/commands.ts';
export type { EvidenceReading, ExecutionEvent, OutputRef } from './execution/events.ts';
export type { VerificationCommand } from './verification/commands.ts';
export type { VerificationEvent } from './verification/events.ts';
export type { MonitoringCommand } from './monitoring/commands.ts';
export type {
  Breach,
  LogsRead,
  MeasurementRange,
  MeasurementsTaken,
  MetricSummary,
  MonitoringEvent,
  RecordedSample,
} from './monitoring/events.ts';
export * from './monitoring/judgement/index.ts';
export type { RollbackCommand } from './rollback/commands.ts';
export type { RollbackEvent } from './rollback/events.ts';
