import type { DomainEvent } from '@backstay/event-sourcing';
import type { EnvironmentEvent } from './environment/events.ts';
import type { DeploymentEvent } from './events.ts';
import type { ExecutionEvent } from './execution/events.ts';
import type { HousekeepingEvent } from './housekeeping/housekeeping.ts';
import type { MeasurementsTaken, MonitoringEvent } from './monitoring/events.ts';
import { phases, type Phase } from './phase.ts';
import type { PlanningEvent } from './planning/events.ts';
import type { RollbackEvent } from './rollback/events.ts';
import type { Ending } from './state.ts';
import type { VerificationEvent } from './verification/events.ts';

/** What the platform knows of one event type. */
type Row<Owner extends string, Data> = BasicRow<Owner, Data> &
  ([Tokens<Data>] extends [never] ? { readonly fences?: never } : FencedRow<Data>);

/** Never where no form of the data has a token, optional ones counted. */
type Tokens<Data> = Data extends unknown ? Extract<keyof Data, 'token'> : never;

interface BasicRow<Owner extends string, Data> {
  /** The slice that folds it; outside the deployment's stream, the category of its stream. */
  readonly owner: Owner;
  /** The phases whose `next` it can change, apart from the phase whose own effect appended it: that one asks again anyway. */
  readonly wakes: readonly Phase[];
  /** The status in which the deployment ends with it; absent: the deployment goes on. */
  readonly ends?: Ending | ((data: Data) => Ending);
  /** It speaks for something, so it can be revoked. What speaks against something cannot: that would turn a failure into a pass. */
  readonly evidence?: true;
}

/** Of a type that carries a fencing token. */
interface FencedRow<Data> {
  /** The phase that its token fences, or `step`: the one that performs its step. */
  readonly fences: Phase | (Data extends { readonly step: string } ? 'step' : never) | ((data: Data) => Phase);
}

type Rows<Owner extends string, Event extends DomainEvent> = {
  readonly [Each in Event as Each['type']]: Row<Owner, Each['data']>;
};
type Catalogue = Rows<'planning', PlanningEvent> &
  Rows<'execution', ExecutionEvent> &
  Rows<'verification', VerificationEvent> &
  Rows<'monitoring', MonitoringEvent> &
  Rows<'rollback', RollbackEvent> &
  Rows<'environment', EnvironmentEvent> &
  Rows<'measurements', MeasurementsTaken> &
  Rows<'housekeeping', HousekeepingEvent>;

export type EventType = keyof Catalogue;

/** Phases that probe, perform steps or watch, and have to stop when the deployment ends. */
const performing = ['execution', 'verification', 'monitoring'] as const;

/** Every event type, in the order of a deployment's life. A type without a row does not compile. */
const catalogue: Catalogue = {
  DeploymentRequested: { owner: 'planning', wakes: ['planning'] },
  PlanDrafted: { owner: 'planning', wakes: [] },
  BlockersCleared: { owner: 'planning', wakes: [] },
  PreflightRequested: { owner: 'planning', wakes: performing },
  BaselineRecorded: { owner: 'monitoring', wakes: [] },
  // Planning reports for a phase that does not: its probe is then no longer wanted.
  PreflightReported: { owner: 'planning', wakes: performing, evidence: true },
  FindingOverridden: { owner: 'planning', wakes: [] },
  DeploymentPlanned: { owner: 'planning', wakes: ['planning', 'execution'] },
  DeploymentRejected: { owner: 'planning', wakes: ['planning', ...performing], ends: 'rejected' },

  RollbackPointCaptured: { owner: 'execution', wakes: ['verification', 'monitoring'] },
  // The first step that changes something starts the guarding watch.
  StepStarted: { owner: 'execution', wakes: ['monitoring'], fences: ({ phase }) => phase },
  StepResumed: { owner: 'execution', wakes: [], fences: ({ phase }) => phase },
  // The next step may be any phase's, rollback awaits quiet, and planning settles and watches over the next deadline.
  StepSucceeded: { owner: 'execution', wakes: phases, evidence: true, fences: 'step' },
  StepFailed: { owner: 'execution', wakes: phases, fences: 'step' },
  StepInterrupted: { owner: 'execution', wakes: ['planning', 'rollback'], fences: 'step' },
  StepUnknown: { owner: 'execution', wakes: ['planning', 'rollback'], fences: 'step' },
  StepSkipped: { owner: 'execution', wakes: ['planning', ...performing] },
  // Both come with `DeploymentReleased`.
  StepConfirmed: { owner: 'execution', wakes: [] },
  StepResolved: { owner: 'execution', wakes: [] },
  EvidenceRead: { owner: 'execution', wakes: [], evidence: true },
  ExecutionCompleted: { owner: 'execution', wakes: ['planning', ...performing], evidence: true },
  ExecutionFailed: { owner: 'execution', wakes: [] },

  ChecksStarted: {
    owner: 'verification',
    wakes: [],
    fences: ({ purpose }) => (purpose === 'restoration' ? 'rollback' : 'verification'),
  },
  SmokeTestPassed: { owner: 'verification', wakes: [], evidence: true },
  SmokeTestFailed: { owner: 'verification', wakes: [] },
  HealthCheckPassed: { owner: 'verification', wakes: [], evidence: true },
  HealthCheckFailed: { owner: 'verification', wakes: [] },
  VerificationPassed: { owner: 'verification', wakes: ['planning', 'execution', 'monitoring'], evidence: true },
  VerificationFailed: { owner: 'verification', wakes: [] },

  WatchStarted: { owner: 'monitoring', wakes: [], fences: 'monitoring' },
  SyntheticTrafficStarted: { owner: 'monitoring', wakes: [], fences: 'monitoring' },
  MetricVerdictChanged: { owner: 'monitoring', wakes: [] },
  AlertRaised: { owner: 'monitoring', wakes: ['execution'] },
  DegradationDetected: { owner: 'monitoring', wakes: [] },
  RunningVersionDegraded: { owner: 'monitoring', wakes: [] },
  RollbackWithheld: { owner: 'monitoring', wakes: [] },
  LogsRead: { owner: 'monitoring', wakes: [], evidence: true },
  MonitoringPassed: { owner: 'monitoring', wakes: ['planning', 'execution'], evidence: true },
  MonitoringFailed: { owner: 'monitoring', wakes: [] },
  NoticeStarted: { owner: 'monitoring', wakes: [], fences: 'execution' },
  NoticeDelivered: { owner: 'monitoring', wakes: [], evidence: true },
  NoticeFailed: { owner: 'monitoring', wakes: [] },

  // The phase whose step is open ends it; rollback awaits quiet.
  RollbackTriggered: { owner: 'rollback', wakes: phases },
  RollbackPlanned: { owner: 'rollback', wakes: [] },

  DeploymentHeld: { owner: 'planning', wakes: phases },
  DeploymentReleased: { owner: 'planning', wakes: phases },
  // What planning waits for may be this word.
  CriterionConfirmed: { owner: 'planning', wakes: ['planning'], evidence: true },
  // So may its revocation.
  EvidenceRevoked: { owner: 'planning', wakes: ['planning'] },

  // An end stops what runs; planning settles the environment, execution delivers the notices and reads the logs.
  DeploymentSucceeded: { owner: 'planning', wakes: ['planning', 'execution'], ends: 'succeeded', evidence: true },
  DeploymentFailed: { owner: 'planning', wakes: ['planning', ...performing], ends: 'failed' },
  DeploymentCancelled: { owner: 'planning', wakes: ['planning', ...performing], ends: 'cancelled' },
  DeploymentSuperseded: { owner: 'planning', wakes: ['planning'], ends: 'superseded' },
  DeploymentAbandoned: { owner: 'planning', wakes: ['planning', ...performing], ends: 'abandoned' },
  DeploymentRolledBack: {
    owner: 'rollback',
    wakes: ['planning'],
    ends: ({ verified }) => (verified ? 'rolled-back-verified' : 'rolled-back-unverified'),
    evidence: true,
  },
  RollbackFailed: { owner: 'rollback', wakes: ['planning', 'execution', 'rollback'], ends: 'rollback-failed' },
  DeploymentHalted: { owner: 'rollback', wakes: ['planning', ...performing], ends: 'halted' },
  EnvironmentReleased: { owner: 'planning', wakes: [] },

  // Planning reviews who has been active for long, and forgets it when it is over.
  EnvironmentClaimed: { owner: 'environment', wakes: ['planning'] },
  EnvironmentClaimQueued: { owner: 'environment', wakes: [] },
  EnvironmentClaimWithdrawn: { owner: 'environment', wakes: ['planning'] },
  EnvironmentSettled: { owner: 'environment', wakes: ['planning'] },
  AdoptionRequested: { owner: 'environment', wakes: ['verification'] },
  EnvironmentAdopted: { owner: 'environment', wakes: [] },
  AdoptionRefused: { owner: 'environment', wakes: [] },
  QuarantineLifted: { owner: 'environment', wakes: [] },

  MeasurementsTaken: { owner: 'measurements', wakes: [] },

  PruningStarted: { owner: 'housekeeping', wakes: [] },
  PruningCompleted: { owner: 'housekeeping', wakes: [] },
};

export const eventTypes = Object.keys(catalogue) as readonly EventType[];

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(catalogue, type);
}

/** Whether the stream of a deployment can hold this type. */
export function isDeploymentEventType(type: string): type is DeploymentEvent['type'] {
  return isEventType(type) && (phases as readonly string[]).includes(catalogue[type].owner);
}

/** Whether a stream of this category, other than a deployment's, can hold this type. */
export function isEventTypeOf(category: 'environment' | 'measurements' | 'housekeeping', type: string): boolean {
  return isEventType(type) && catalogue[type].owner === category;
}

/** Whether others hear of it: what counts of measurements is repeated in the deployment's stream, and housekeeping changes none. */
export function isPublishedType(type: string): boolean {
  return isEventType(type) && !isEventTypeOf('measurements', type) && !isEventTypeOf('housekeeping', type);
}

/** The slice that folds an event type. */
export function sliceOf(type: DeploymentEvent['type']): Phase {
  return catalogue[type].owner;
}

/** The phases to wake after an event of this type. One that this version does not know wakes all: the fold then refuses it. */
export function phasesWokenBy(type: string): readonly Phase[] {
  return isEventType(type) ? catalogue[type].wakes : phases;
}

/** The status in which the deployment ends with this event; null: it goes on. */
export function endingOf({ type, data }: DomainEvent): Ending | null {
  if (!isEventType(type)) return null;
  const { ends }: BasicRow<string, never> = catalogue[type];
  return typeof ends === 'function' ? ends(data as never) : (ends ?? null);
}

/** What the token of an event fences, as its row says; null: it carries none. */
export function fencedBy({ type, data }: DeploymentEvent): Phase | 'step' | null {
  const { fences }: { readonly fences?: Phase | 'step' | ((data: never) => Phase) } = catalogue[type];
  return typeof fences === 'function' ? fences(data as never) : (fences ?? null);
}

/** Whether a deployment ends with an event of this type. */
export function isEndType(type: string): boolean {
  return isEventType(type) && 'ends' in catalogue[type];
}

/** Whether an event of this type can be revoked. */
export function isEvidence(type: string): boolean {
  return isEventType(type) && 'evidence' in catalogue[type];
}
