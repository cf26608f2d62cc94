export type {
  CommitInfo,
  DeploymentKind,
  EvidenceRef,
  Finding,
  HoldCode,
  Inherited,
  PlanningEvent,
  RequestOrigin,
} from './planning/events.ts';
export type { PlanningCommand } from './planning/commands.ts';
export {
  deploymentAggregate,
  environmentAggregate,
  measurementsAggregate,
  type MeasurementsState,
  type TakeMeasurements,
} from './aggregates.ts';
export type { EvidenceReading, ExecutionEvent, OutputRef } from './execution/events.ts';
export type { ExecutionCommand, StepOutcome } from './execution/commands.ts';
export { evidenceDue, evidenceLines, isSameEvidence, mayNotApply, type EvidenceLine } from './execution/evidence.ts';
export type { CheckPurpose, CheckResult, VerificationEvent } from './verification/events.ts';
export type { VerificationCommand } from './verification/commands.ts';
export type {
  Breach,
  LogsRead,
  MeasurementRange,
  MeasurementsTaken,
  MetricSummary,
  MonitoringEvent,
  RecordedSample,
} from './monitoring/events.ts';
export type { MonitoringCommand } from './monitoring/commands.ts';
export type { RestorationChecks, RollbackEvent, Trigger, TriggerKind } from './rollback/events.ts';
export type { RollbackCommand } from './rollback/commands.ts';

export {
  endingOf,
  eventTypes,
  isDeploymentEventType,
  isEndType,
  isEventType,
  isEvidence,
  phasesWokenBy,
  type EventType,
} from './catalogue.ts';
export { deployment, deploymentStream, measurementsStream, type DeploymentCommand } from './deployment.ts';
export { effectKey, type Effect, type EffectOf, type Next } from './effect.ts';
export {
  environment,
  environmentId,
  environmentStream,
  quarantineOf,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
} from './environment.ts';
export type { DeploymentEvent } from './events.ts';
export {
  agenda,
  checksItem,
  hasMutated,
  isDone,
  nextStep,
  openStep,
  performerOf,
  skipReason,
  undoList,
  watchItem,
} from './journal.ts';
export * from './monitoring/judgement/index.ts';
export { isWatched, releaseOf } from './monitoring/outcome.ts';
export { phases, preflightPhases, type Phase, type PreflightPhase } from './phase.ts';
export type { RecordedWeights, ReleaseRef, RollbackPoint } from './release.ts';
export {
  deployRequestSchema,
  evidenceEntrySchema,
  evidenceKinds,
  readerOf,
  type DeployRequest,
  type EvidenceEntry,
} from './request.ts';
export { deriveRollback } from './rollback/derive.ts';
export { refusalOfRestores, restoresOf, tellRestore, type RestoreOutlook } from './rollback/restores.ts';
export { weightsBefore } from './traffic.ts';
export { problemsOfRehearsal } from './rollback/rehearsal.ts';
export {
  endings,
  isEnded,
  isRunning,
  underlying,
  type Claim,
  type DeploymentState,
  type Drafted,
  type Ended,
  type Ending,
  type Held,
  type Known,
  type Notice,
  type Run,
  type Running,
  type StepRecord,
} from './state.ts';
export { deploymentWorkflow, environmentWorkflow, type Workflow } from './workflow.ts';
export { type Appended, type WakeUp } from './wake-ups.ts';
export { upcast, upcastWith, type Upcaster } from './upcasting.ts';
