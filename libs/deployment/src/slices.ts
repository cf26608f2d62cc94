import type { DeploymentEvent } from './events.ts';
import type { ExecutionEvent } from './execution/events.ts';
import type { MonitoringEvent } from './monitoring/events.ts';
import type { Phase } from './phase.ts';
import type { PlanningEvent } from './planning/events.ts';
import type { RollbackEvent } from './rollback/events.ts';
import type { VerificationEvent } from './verification/events.ts';

type SliceOf<Type> = Type extends PlanningEvent['type']
  ? 'planning'
  : Type extends ExecutionEvent['type']
    ? 'execution'
    : Type extends VerificationEvent['type']
      ? 'verification'
      : Type extends MonitoringEvent['type']
        ? 'monitoring'
        : Type extends RollbackEvent['type']
          ? 'rollback'
          : never;

const slices: { readonly [Type in DeploymentEvent['type']]: SliceOf<Type> } = {
  DeploymentRequested: 'planning',
  DeploymentRejected: 'planning',
  PlanDrafted: 'planning',
  BlockersCleared: 'planning',
  PreflightRequested: 'planning',
  PreflightReported: 'planning',
  FindingOverridden: 'planning',
  DeploymentPlanned: 'planning',
  DeploymentHeld: 'planning',
  DeploymentReleased: 'planning',
  DeploymentSucceeded: 'planning',
  DeploymentFailed: 'planning',
  DeploymentCancelled: 'planning',
  DeploymentSuperseded: 'planning',
  DeploymentAbandoned: 'planning',
  EnvironmentReleased: 'planning',
  CriterionConfirmed: 'planning',
  EvidenceRevoked: 'planning',
  RollbackPointCaptured: 'execution',
  StepStarted: 'execution',
  StepResumed: 'execution',
  StepSucceeded: 'execution',
  StepFailed: 'execution',
  StepInterrupted: 'execution',
  StepUnknown: 'execution',
  StepSkipped: 'execution',
  StepConfirmed: 'execution',
  StepResolved: 'execution',
  EvidenceRead: 'execution',
  ExecutionCompleted: 'execution',
  ExecutionFailed: 'execution',
  ChecksStarted: 'verification',
  SmokeTestPassed: 'verification',
  SmokeTestFailed: 'verification',
  HealthCheckPassed: 'verification',
  HealthCheckFailed: 'verification',
  VerificationPassed: 'verification',
  VerificationFailed: 'verification',
  BaselineRecorded: 'monitoring',
  WatchStarted: 'monitoring',
  MetricVerdictChanged: 'monitoring',
  AlertRaised: 'monitoring',
  DegradationDetected: 'monitoring',
  RollbackWithheld: 'monitoring',
  LogsRead: 'monitoring',
  MonitoringPassed: 'monitoring',
  MonitoringFailed: 'monitoring',
  NoticeDelivered: 'monitoring',
  NoticeFailed: 'monitoring',
  RollbackTriggered: 'rollback',
  RollbackPlanned: 'rollback',
  DeploymentRolledBack: 'rollback',
  RollbackFailed: 'rollback',
  DeploymentHalted: 'rollback',
};

/** The slice that folds an event type. */
export function sliceOf(type: DeploymentEvent['type']): Phase {
  return slices[type];
}

export function isDeploymentEventType(type: string): type is DeploymentEvent['type'] {
  return Object.hasOwn(slices, type);
}
