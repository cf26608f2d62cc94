import { isEndType, type HoldCode, type TriggerKind } from '@backstay/deployment';
import type { DeploymentRecord, DeploymentEventType } from '../events.ts';

/** Whether an earlier event may be the cause of a later one. */
type Cause = (earlier: DeploymentRecord, later: DeploymentRecord) => boolean;

const of =
  (...types: DeploymentEventType[]): Cause =>
  ({ type }) =>
    types.includes(type);

const none: Cause = () => false;
const either =
  (...causes: Cause[]): Cause =>
  (earlier, later) =>
    causes.some((cause) => cause(earlier, later));

const stepEnds: readonly DeploymentEventType[] = [
  'StepSucceeded',
  'StepFailed',
  'StepInterrupted',
  'StepUnknown',
  'StepSkipped',
];
const isCheck = ({ type }: DeploymentRecord): boolean => /^(SmokeTest|HealthCheck)(Passed|Failed)$/.test(type);

const purpose = (record: DeploymentRecord): unknown => ('purpose' in record.data ? record.data.purpose : undefined);
const stepId = (record: DeploymentRecord): string =>
  'step' in record.data && typeof record.data.step === 'string' ? record.data.step : '';
const isRollbackStep: Cause = (earlier) => stepEnds.includes(earlier.type) && stepId(earlier).startsWith('rollback.');

const checkFor =
  (wanted: string): Cause =>
  (earlier) =>
    isCheck(earlier) && purpose(earlier) === wanted;
const failedCheckFor =
  (wanted: string): Cause =>
  (earlier, later) =>
    checkFor(wanted)(earlier, later) && earlier.type.endsWith('Failed');
const sameStep =
  (...types: DeploymentEventType[]): Cause =>
  (earlier, later) =>
    types.includes(earlier.type) && stepId(earlier) === stepId(later);

const sameMetric: Cause = (earlier, later) =>
  'breach' in later.data &&
  earlier.type === 'MetricVerdictChanged' &&
  earlier.data.to === 'fail' &&
  earlier.data.metric === later.data.breach.metric &&
  earlier.data.quantile === later.data.breach.quantile;

/** How far it had come when something changed. */
const watch = of('SyntheticTrafficStarted', 'WatchStarted');
const progress = of(
  'SyntheticTrafficStarted',
  'WatchStarted',
  'VerificationPassed',
  'ExecutionCompleted',
  'DeploymentPlanned',
);
const draft = of('PlanDrafted', 'DeploymentRequested');
const preflight = either(of('PreflightReported'), draft);
const hold = of('DeploymentHeld');

const sinceTheTrigger = either(checkFor('restoration'), isRollbackStep, of('RollbackPlanned', 'RollbackTriggered'));

const triggers: Readonly<Record<TriggerKind, Cause>> = {
  limit: of('DegradationDetected'),
  degradation: of('DegradationDetected', 'RunningVersionDegraded'),
  'critical-flow': of('DegradationDetected'),
  'no-data': of('MonitoringFailed', 'StepResolved'),
  'step-failed': of('ExecutionFailed'),
  'smoke-tests': of('VerificationFailed', 'ExecutionFailed', 'StepResolved', 'DegradationDetected'),
  'health-checks': of('VerificationFailed', 'ExecutionFailed', 'DegradationDetected'),
  alert: either(of('AlertRaised'), progress),
  deadline: hold,
  manual: either(progress, draft),
  cancelled: progress,
  rehearsal: of('MonitoringPassed', 'StepResolved', 'VerificationPassed'),
};
const triggered: Cause = (earlier, later) =>
  later.type === 'RollbackTriggered' && triggers[later.data.trigger.kind](earlier, later);

const holds: Readonly<Record<HoldCode, Cause>> = {
  'unknown-outcome': sameStep('StepUnknown'),
  ask: either(sameStep('StepFailed'), of('VerificationFailed')),
  'no-data': of('MonitoringFailed'),
  unwatched: watch,
  undecided: of('MonitoringFailed'),
  'old-version-degraded': of('RunningVersionDegraded'),
  'environment-held': draft,
  'blocked-by': draft,
  'outside-window': draft,
  'platform-fault': progress,
  manual: either(progress, of('RollbackPlanned')),
};
const held: Cause = (earlier, later) => later.type === 'DeploymentHeld' && holds[later.data.code](earlier, later);

const stepped: Cause = (earlier, later) =>
  (stepId(later).startsWith('rollback.') ? sinceTheTrigger : progress)(earlier, later);

/** Checks of one purpose lead back through each other to what they were made after. */
const checked: Cause = (earlier, later) => {
  if (purpose(later) === 'restoration') return sinceTheTrigger(earlier, later);
  if (purpose(later) === 'watch') return progress(earlier, later);
  return either(checkFor('verification'), of('ExecutionCompleted'))(earlier, later);
};

const revoked: Cause = (earlier, later) =>
  later.type === 'EvidenceRevoked' && earlier.id === later.data.evidence.eventId;

/** What stands behind an event, where it is more than how far the deployment had come. The latest earlier event that fits is the cause. */
const causes: Readonly<Partial<Record<DeploymentEventType, Cause>>> = {
  DeploymentRejected: preflight,
  PlanDrafted: of('DeploymentRequested'),
  FindingOverridden: either(of('FindingOverridden'), preflight),
  DeploymentPlanned: either(of('FindingOverridden'), draft),
  DeploymentHeld: held,
  DeploymentReleased: hold,
  DeploymentSucceeded: of('MonitoringPassed', 'StepResolved', 'VerificationPassed', 'ExecutionCompleted'),
  DeploymentFailed: of(
    'ExecutionFailed',
    'VerificationFailed',
    'MonitoringFailed',
    'DegradationDetected',
    'DeploymentReleased',
  ),
  DeploymentCancelled: either(hold, progress, draft),
  DeploymentSuperseded: either(hold, draft),
  DeploymentAbandoned: either(hold, progress, draft),
  CriterionConfirmed: draft,
  EvidenceRevoked: revoked,
  RollbackPointCaptured: of('DeploymentPlanned'),
  StepStarted: either(progress, of('RollbackPlanned')),
  StepResumed: sameStep('StepStarted'),
  StepSucceeded: stepped,
  StepFailed: stepped,
  StepInterrupted: stepped,
  StepUnknown: stepped,
  StepSkipped: stepped,
  StepConfirmed: hold,
  StepResolved: hold,
  EvidenceRead: of('ExecutionCompleted'),
  ExecutionCompleted: of('DeploymentPlanned'),
  ExecutionFailed: either(sameStep('StepResolved'), sameStep('StepFailed')),
  SmokeTestPassed: checked,
  SmokeTestFailed: checked,
  HealthCheckPassed: checked,
  HealthCheckFailed: checked,
  VerificationPassed: either(checkFor('verification'), of('StepResolved', 'ExecutionCompleted')),
  VerificationFailed: either(failedCheckFor('verification'), of('ExecutionCompleted')),
  WatchStarted: of('VerificationPassed'),
  AlertRaised: either(sameMetric, progress),
  DegradationDetected: either(failedCheckFor('watch'), sameMetric, progress),
  RunningVersionDegraded: either(failedCheckFor('watch'), sameMetric, progress),
  RollbackWithheld: either(failedCheckFor('watch'), sameMetric, progress),
  SyntheticTrafficStarted: of('WatchStarted'),
  LogsRead: watch,
  MonitoringPassed: either(of('LogsRead', 'VerificationPassed'), watch),
  RollbackTriggered: triggered,
  RollbackPlanned: of('RollbackTriggered'),
  DeploymentRolledBack: sinceTheTrigger,
  RollbackFailed: sinceTheTrigger,
  DeploymentHalted: either(of('ExecutionFailed', 'VerificationFailed'), of('DegradationDetected', 'MonitoringFailed')),
};

/** The latest earlier event that this one rests on; where none fits, how far the deployment had come. */
export function causeOf(record: DeploymentRecord, records: readonly DeploymentRecord[]): DeploymentRecord | undefined {
  const latest = (cause: Cause) =>
    records.findLast((earlier) => earlier.version < record.version && cause(earlier, record));
  return latest(causes[record.type] ?? none) ?? latest(either(progress, draft));
}

const decisiveTypes: readonly DeploymentEventType[] = [
  'DeploymentRequested',
  'PlanDrafted',
  'FindingOverridden',
  'DeploymentPlanned',
  'DeploymentHeld',
  'DeploymentReleased',
  'ExecutionCompleted',
  'VerificationPassed',
  'RollbackTriggered',
];

/** Events that move a deployment to its present status. */
export function isDecisive({ type }: DeploymentRecord): boolean {
  return isEndType(type) || decisiveTypes.includes(type);
}
