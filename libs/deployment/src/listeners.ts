import type { EnvironmentEvent } from './environment.ts';
import type { DeploymentEvent } from './events.ts';
import type { MeasurementsTaken } from './monitoring/events.ts';
import type { Phase } from './phase.ts';

/**
 * The process manager: which phases hear of which event, possibly none. A phase that hears one folds the stream and asks
 * `next`; the order of a deployment's life can be read here from top to bottom. An event that is missing does not compile.
 */
export const listeners: {
  readonly [Type in (DeploymentEvent | EnvironmentEvent | MeasurementsTaken)['type']]: readonly Phase[];
} = {
  // planning
  DeploymentRequested: ['planning'],
  PlanDrafted: ['planning'],
  BlockersCleared: ['planning'],
  PreflightRequested: ['execution', 'verification', 'monitoring'],
  BaselineRecorded: [],
  PreflightReported: [],
  FindingOverridden: [],
  DeploymentPlanned: ['planning', 'execution'],
  DeploymentRejected: ['planning'],

  // execution
  RollbackPointCaptured: ['verification', 'monitoring'],
  StepStarted: ['monitoring'],
  StepResumed: [],
  StepSucceeded: ['planning', 'execution', 'verification', 'monitoring', 'rollback'],
  StepFailed: ['planning', 'execution', 'verification', 'monitoring', 'rollback'],
  StepInterrupted: ['planning', 'rollback'],
  StepUnknown: ['planning', 'rollback'],
  StepSkipped: ['execution', 'verification', 'monitoring'],
  StepConfirmed: [],
  StepResolved: ['execution', 'verification', 'monitoring'],
  EvidenceRead: [],
  ExecutionCompleted: ['execution', 'verification', 'monitoring'],
  ExecutionFailed: [],

  // verification
  ChecksStarted: [],
  SmokeTestPassed: [],
  SmokeTestFailed: [],
  HealthCheckPassed: [],
  HealthCheckFailed: [],
  VerificationPassed: ['execution', 'monitoring'],
  VerificationFailed: [],

  // monitoring
  WatchStarted: [],
  MetricVerdictChanged: [],
  AlertRaised: ['execution'],
  DegradationDetected: [],
  RollbackWithheld: [],
  LogsRead: [],
  MonitoringPassed: ['execution'],
  MonitoringFailed: [],
  NoticeDelivered: [],
  NoticeFailed: [],
  MeasurementsTaken: [],

  // rollback: the phase whose step is open ends it; the rollback awaits quiet
  RollbackTriggered: ['execution', 'verification', 'monitoring', 'rollback'],
  RollbackPlanned: [],

  // holds
  DeploymentHeld: ['planning', 'execution', 'verification', 'monitoring', 'rollback'],
  DeploymentReleased: ['planning', 'execution', 'verification', 'monitoring', 'rollback'],
  CriterionConfirmed: ['planning'],
  EvidenceRevoked: [],

  // the ends: what still runs is ended, the environment is settled, who must know is told
  DeploymentSucceeded: ['planning', 'execution', 'monitoring'],
  DeploymentFailed: ['planning', 'execution', 'verification', 'monitoring'],
  DeploymentCancelled: ['planning', 'execution', 'verification', 'monitoring'],
  DeploymentSuperseded: ['planning'],
  DeploymentAbandoned: ['planning', 'execution', 'verification', 'monitoring', 'rollback'],
  DeploymentRolledBack: ['planning', 'execution'],
  RollbackFailed: ['planning', 'execution', 'rollback'],
  DeploymentHalted: ['planning', 'execution', 'verification', 'monitoring'],
  EnvironmentReleased: [],

  // the environment: a settled one wakes who queues for it
  EnvironmentClaimed: [],
  EnvironmentClaimQueued: [],
  EnvironmentClaimWithdrawn: [],
  EnvironmentSettled: [],
  AdoptionRequested: ['verification'],
  EnvironmentAdopted: [],
  AdoptionRefused: [],
  QuarantineLifted: [],
};

export type EventType = keyof typeof listeners;
export const eventTypes = Object.keys(listeners) as readonly EventType[];

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(listeners, type);
}
