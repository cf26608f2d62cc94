import {
  comparedText,
  isEventType,
  measureName,
  type CheckResult,
  type Compared,
  type DeploymentEvent,
  type EnvironmentEvent,
  type HousekeepingEvent,
  type MeasurementsTaken,
  type MetricSummary,
  type ReleaseRef,
  type SyntheticTraffic,
} from '@backstay/deployment';
import { counted, quantity } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import type { ActiveStatus, SummaryState } from './deployment-summary/summary.ts';
import type { DeploymentRecord } from './events.ts';
import { movedTraffic } from './moved-traffic.ts';
import { restoredIn, restoreToCome, describeRestored, describeRestores } from './restores.ts';
import { listed } from './text.ts';

type AnyEvent = DeploymentEvent | EnvironmentEvent | MeasurementsTaken | HousekeepingEvent;
type DataOf<Type extends AnyEvent['type']> = Extract<AnyEvent, { readonly type: Type }>['data'];
type Sentences = { readonly [Event in AnyEvent as Event['type']]: (data: Event['data']) => string };

const versionOf = (release: ReleaseRef | null): string => (release === null ? 'nothing' : `version ${release.version}`);
/** What a limit relative to the baseline was compared with, and how that is decided. */
const compared = ({ comparison }: { readonly comparison?: Compared }): string =>
  comparison === undefined ? '' : `: ${comparedText(comparison)}`;

const comparisons = (metrics: readonly MetricSummary[]): string =>
  metrics
    .filter(({ comparison }) => comparison !== undefined)
    .map((metric) => `; ${measureName(metric)}${compared(metric)}`)
    .join('');

const because = (reason: string | null | undefined): string =>
  reason === null || reason === undefined || reason === '' ? '' : `: ${reason}`;
const restored = (result: Readonly<Record<string, unknown>> | undefined): string | null => {
  const found = restoredIn(result);
  return found === null ? null : describeRestored(found);
};
const attempt = (number: number): string => (number > 1 ? ` (attempt ${number})` : '');

const purposes = { verification: '', restoration: ' of the restored version', watch: ' during the watch' } as const;
type Checked = CheckResult & { readonly purpose: keyof typeof purposes };
const check = (what: string, passed: string) => (data: Checked) =>
  `${what} "${data.title}"${purposes[data.purpose]} ${passed}${data.passed ? '' : because(data.reason)}`;

const ofPruning = {
  removed: 'was removed',
  absent: 'was gone already',
  kept: 'was kept',
  failed: 'could not be removed',
} as const;

function requested({ kind, request, of }: DataOf<'DeploymentRequested'>): string {
  const what = kind === 'rollback' ? `a rollback of deployment ${of ?? 'unknown'}` : `a ${kind}`;
  const version = request.version === undefined ? '' : ` of version ${request.version}`;
  const where = request.environment === undefined ? '' : ` to ${request.environment}`;
  return `${what}${version}${where} was requested${because(request.reason)}`;
}

function findings({ phase, findings: all }: DataOf<'PreflightReported'>): string {
  const bad = all.filter(({ ok }) => !ok).map(({ subject, message }) => `${subject}: ${message}`);
  const looked = `the preflight of ${phase} made ${counted(all.length, 'check')}`;
  return bad.length === 0 ? `${looked} and found no problem` : `${looked}; failed: ${bad.join('; ')}`;
}

/** "rolled back because error rate was 9.8 % (…); version 1.1.0 was restored and verified in 3.2 s" */
function rolledBack({
  reason,
  restored: back,
  running = back,
  verified,
  unverified,
  measuredMs,
}: DataOf<'DeploymentRolledBack'>) {
  const took = `in ${quantity(measuredMs, 'ms')}`;
  if (back === null)
    return `rolled back because ${reason}; its steps were undone ${took}; not verified: ${unverified ?? 'unknown'}`;
  if (verified) return `rolled back because ${reason}; version ${back.version} was restored and verified ${took}`;
  // Nobody has seen it run: what the steps were to reach is named, not what is there.
  return `rolled back because ${reason}; its steps were undone ${took} to go back to version ${back.version}, but not verified: ${unverified ?? 'unknown'}${found(running, back)}`;
}

/** What runs where that is not what was to be restored. */
function found(running: ReleaseRef | null, { version }: ReleaseRef): string {
  if (running === null) return '; nobody knows what runs now';
  return running.version === version ? '' : `; version ${running.version} runs now`;
}

function rollbackFailed({ reason, deviations }: DataOf<'RollbackFailed'>, trigger?: string): string {
  const left = deviations.length === 0 ? '' : `; not put back: ${deviations.join(', ')}`;
  const why = trigger === undefined ? '' : ` that was triggered because ${trigger}`;
  return `the rollback${why} failed: ${reason}${left}`;
}

/** The first problem, and how many more there are; all of them stand in the event. */
export function reasonOfRejection({ problems, because: what }: DataOf<'DeploymentRejected'>): string {
  const [first, ...others] = problems;
  if (first === undefined) return `the ${what} is not accepted`;
  const where = what === 'document' && first.of !== 'request' ? ` (line ${first.line})` : '';
  const more = others.length === 0 ? '' : `, and ${counted(others.length, 'more problem')}`;
  return `${first.message}${where}${more}`;
}

/** Requests that no user sent. */
const ownTraffic = (traffic: SyntheticTraffic | undefined): string =>
  traffic === undefined
    ? ''
    : `; ${counted(traffic.requests, 'request')} of its own smoke tests were the traffic${traffic.failed === 0 ? '' : `, ${counted(traffic.failed, 'test')} failed`}`;

/** One sentence for every event type. A type without a sentence does not compile. */
const sentences: Sentences = {
  DeploymentRequested: requested,
  DeploymentRejected: (data) => `rejected: ${reasonOfRejection(data)}`,
  PlanDrafted: ({ plan, digest, inherited }) =>
    inherited !== null
      ? `planned from the record of deployment ${inherited.deployment}: version ${plan.version} of ${plan.service} in ${plan.environment} goes back to ${versionOf(inherited.rollbackPoint.target)}`
      : `version ${plan.version} of ${plan.service} for ${plan.environment} was planned with ${counted(plan.steps.length, 'step')} (${digest})`,
  BlockersCleared: ({ satisfied }) =>
    satisfied.length === 0
      ? 'nothing blocks it'
      : `what it waited for is done: ${satisfied.map(({ text, by }) => `${text} (${by})`).join(', ')}`,
  PreflightRequested: ({ phases, running }) =>
    `it holds the environment, where ${versionOf(running)} runs; ${listed(phases)} were asked for a preflight`,
  PreflightReported: findings,
  FindingOverridden: ({ code, subject, message, reason, by }) =>
    `${by} overrode the finding ${code} (${subject}: ${message})${because(reason)}`,
  DeploymentPlanned: ({ service, version, environment, previous }) =>
    `version ${version} of ${service} goes to ${environment}, where ${versionOf(previous)} ran before`,
  DeploymentHeld: ({ why, duty }) =>
    `held: ${why}${duty === null || why.endsWith(`waits for ${duty}`) ? '' : ` (waits for ${duty})`}`,
  DeploymentReleased: ({ why }) => `goes on: ${why}`,
  DeploymentSucceeded: ({ release }) => `succeeded: version ${release.version} runs`,
  DeploymentFailed: ({ reason }) => `failed before anything was changed: ${reason}`,
  DeploymentCancelled: ({ reason }) => `cancelled: ${reason}`,
  DeploymentSuperseded: ({ by, reason }) => `superseded by deployment ${by}: ${reason}`,
  DeploymentAbandoned: ({ reason, possiblyLive }) =>
    `abandoned: ${reason}${possiblyLive.length === 0 ? '' : `; may still run: ${possiblyLive.join(', ')}`}`,
  EnvironmentReleased: () => 'the environment was released',
  CriterionConfirmed: ({ line, text, by, reason }) => `${by} confirmed "${text}" (line ${line})${because(reason)}`,
  EvidenceRevoked: ({ evidence, by, reason }) =>
    `${by} revoked ${evidence.eventType} ${evidence.eventId}${because(reason)}`,
  RollbackPointCaptured: ({ target }) => `the rollback point was recorded: ${versionOf(target)}`,
  StepStarted: ({ step, title, attempt: number, host }) =>
    `step ${step} (${title}) started on ${host}${attempt(number)}`,
  StepResumed: ({ step, attempt: number, host }) => `step ${step} was resumed by ${host}${attempt(number)}`,
  StepSucceeded: ({ step, attempt: number, result }) =>
    `step ${step} succeeded${attempt(number)}${because(movedTraffic(result) || restored(result))}`,
  StepFailed: ({ step, attempt: number, reason, willRetryAt }) =>
    `step ${step} failed${attempt(number)}: ${reason}${willRetryAt === null ? '' : `; tried again at ${willRetryAt}`}`,
  StepInterrupted: ({ step, reason }) => `step ${step} was interrupted: ${reason}`,
  StepUnknown: ({ step, reason }) => `nobody knows how step ${step} ended: ${reason}`,
  StepSkipped: ({ step, by, reason }) => `step ${step} was skipped by ${by}: ${reason}`,
  StepConfirmed: ({ step, by, reason }) => `${by} confirmed step ${step}${because(reason)}`,
  StepResolved: ({ step, outcome, by, reason }) => `${by} resolved ${step} as ${outcome}${because(reason)}`,
  EvidenceRead: ({ line, text, reading }) => `evidence of "${text}" (line ${line}) was read: ${reading.summary}`,
  ExecutionCompleted: () => 'all steps up to the deployment itself were performed',
  ExecutionFailed: ({ step, reason }) => `the execution failed at step ${step}: ${reason}`,
  ChecksStarted: ({ purpose, host }) => `the checks${purposes[purpose]} started on ${host}`,
  SmokeTestPassed: check('smoke test', 'passed'),
  SmokeTestFailed: check('smoke test', 'failed'),
  HealthCheckPassed: check('health check', 'passed'),
  HealthCheckFailed: check('health check', 'failed'),
  VerificationPassed: ({ smokeTests, healthChecks }) =>
    `verified: ${counted(smokeTests, 'smoke test')} and ${counted(healthChecks, 'health check')} passed`,
  VerificationFailed: ({ reason }) => `the verification failed: ${reason}`,
  BaselineRecorded: ({ metrics, overMs, skipped }) =>
    skipped === null
      ? `the baseline of ${counted(metrics.length, 'metric')} over ${quantity(overMs, 'ms')} was recorded`
      : `no baseline: ${skipped}`,
  WatchStarted: ({ until, host }) => `the watch started on ${host}, until ${until}`,
  SyntheticTrafficStarted: ({ flows, everyMs, host }) =>
    `nobody used the service: ${host} began to run ${counted(flows.length, 'smoke test')} as traffic, a request every ${quantity(everyMs, 'ms')} at most`,
  MetricVerdictChanged: ({ from, to, reason, ...measure }) =>
    `${measureName(measure)} ${from === null ? 'is' : `went from ${from} to`} ${to}${because(reason)}`,
  AlertRaised: ({ alert, action, breach }) => `alert "${alert}" (${action}): ${breach.sentence}`,
  DegradationDetected: ({ breach }) => `${breach.sentence}${compared(breach)}`,
  RunningVersionDegraded: ({ breach }) => `${breach.sentence}, by the version that ran before anything new served`,
  RollbackWithheld: ({ breach }) =>
    `would have triggered a rollback, but the rule is in shadow mode: ${breach.sentence}`,
  LogsRead: ({ verdict, summary }) => `the logs were read (${verdict}): ${summary}`,
  MonitoringPassed: ({ metrics, checks, traffic }) => {
    const judged = metrics.map((metric) => `${measureName(metric)} ${metric.verdict}`).join(', ');
    const unmeasured = checks === undefined ? 'no metric' : `${counted(checks, 'check')} passed to its end`;
    return `the watch passed: ${judged || unmeasured}${comparisons(metrics)}${ownTraffic(traffic)}`;
  },
  MonitoringFailed: ({ reason, undecided, metrics, traffic }) =>
    `the watch did not pass${undecided ? ', and the data do not say that it failed' : ''}: ${reason}${comparisons(metrics)}${ownTraffic(traffic)}`,
  NoticeStarted: ({ channel, attempt, host }) =>
    `a notice to ${channel} is sent from ${host}${attempt > 1 ? '; an earlier one may have arrived' : ''}`,
  NoticeDelivered: ({ channel, about, possiblyRepeated }) =>
    `${channel} was notified${possiblyRepeated ? ', possibly more than once' : ''}: ${about}`,
  NoticeFailed: ({ channel, about, detail, possiblyRepeated }) =>
    `${channel} could not be notified (${detail}${possiblyRepeated ? '; an earlier notice may have arrived' : ''}): ${about}`,
  MeasurementsTaken: ({ samples, checks = [], traffic }) => {
    const repeated = checks.length === 0 ? '' : ` and ${counted(checks.length, 'check')} repeated`;
    return `${counted(samples.length, 'measurement')} were taken${repeated}${ownTraffic(traffic)}`;
  },
  PruningStarted: ({ items, host }) =>
    `${host} removes ${listed(items.map(({ kind, id, rule }) => `${kind} ${id} (rule: ${rule})`))}`,
  PruningCompleted: ({ items }) =>
    listed(items.map(({ kind, id, outcome, why }) => `${kind} ${id} ${ofPruning[outcome]}${because(why)}`)),
  RollbackTriggered: ({ trigger, reason }) =>
    `a rollback was triggered by ${trigger.by}${trigger.line === null ? '' : ` (line ${trigger.line}: ${trigger.text})`}: ${reason}`,
  RollbackPlanned: ({ steps, target, checks, restores = [], notRestored }) => {
    const count = checks.smokeTests.length + checks.healthChecks.length;
    const restoresText = describeRestores({ restores: restores.map(restoreToCome), notRestored }).map(
      (each) => `; ${each}`,
    );
    return `the rollback to ${versionOf(target)} was planned: ${counted(steps.length, 'step')}, then ${counted(count, 'check')}${restoresText.join('')}`;
  },
  DeploymentRolledBack: rolledBack,
  RollbackFailed: (data) => rollbackFailed(data),
  DeploymentHalted: ({ reason }) => `halted for a person to decide: ${reason}`,
  EnvironmentClaimed: ({ deployment }) => `deployment ${deployment} holds the environment`,
  EnvironmentClaimQueued: ({ deployment, behind }) => `deployment ${deployment} queues behind ${behind}`,
  EnvironmentClaimWithdrawn: ({ deployment }) => `deployment ${deployment} no longer queues`,
  EnvironmentSettled: ({ deployment, outcome, running, quarantined }) =>
    `deployment ${deployment} ended ${outcome}; ${versionOf(running)} ${outcome === 'rolled-back-unverified' ? 'is assumed to run' : 'runs'}${quarantined === null ? '' : `; version ${quarantined.version} is quarantined: ${quarantined.why}`}`,
  AdoptionRequested: ({ version, by, reason }) => `${by} asked to adopt version ${version}${because(reason)}`,
  EnvironmentAdopted: ({ running, checks }) =>
    `version ${running.version} was adopted as verified after ${counted(checks.length, 'check')}`,
  AdoptionRefused: ({ version, reasons }) => `version ${version} was not adopted: ${reasons.join('; ')}`,
  QuarantineLifted: ({ version, by, reason }) => `${by} lifted the quarantine of version ${version}${because(reason)}`,
};

type InSummary = {
  readonly [Type in DeploymentEvent['type']]?: (data: DataOf<Type>, row: SummaryState) => string;
};

/** The events that a summary, which knows the deployment, describes in other words. */
const inSummary: InSummary = {
  DeploymentHeld: ({ why }) => `held: ${why}`,
  DeploymentSucceeded: (_data, { version, environment, fold: { proofs } }) =>
    [
      `succeeded: version ${version} runs in ${environment}`,
      ...(proofs.length === 0 ? ['nothing checked it'] : proofs),
    ].join('; '),
  RollbackFailed: (data, { reason }) => rollbackFailed(data, reason),
  DeploymentHalted: ({ reason }) => `halted: ${reason}`,
};

/** What goes on in a status that is not an end. */
const inStatus: Readonly<Record<ActiveStatus, (row: SummaryState) => string>> = {
  planning: () => 'its plan is being made and checked',
  executing: (row) => `the steps for ${targetOf(row)} are being performed`,
  verifying: (row) => `${targetOf(row)} is being checked`,
  monitoring: (row) => `${targetOf(row)} was checked and is being watched`,
  'rolling-back': ({ reason }) => `it is being rolled back because ${reason ?? 'it was requested'}`,
};

const targetOf = ({ version, environment }: SummaryState): string =>
  `version ${version ?? 'of unknown number'}${environment === null ? '' : ` in ${environment}`}`;

export function sentenceOfStatus(status: ActiveStatus, row: SummaryState): string {
  return inStatus[status](row);
}

/** What an event says of the deployment in this row; `row` is what was known before it. */
export function sentenceInSummary(event: DeploymentRecord, row: SummaryState): string {
  const sentence = inSummary[event.type] as ((data: unknown, row: SummaryState) => string) | undefined;
  return sentence === undefined ? summaryOfEvent(event) : sentence(event.data, row);
}

/** What an event says, in one sentence; a type of a later version is named as unknown. */
export function summaryOfEvent({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): string {
  if (!isEventType(type)) return `${type}, an event that this version does not know`;
  const sentence = sentences[type] as (data: unknown) => string;
  return sentence(data);
}

/** As `summaryOfEvent`, for the events of one stream: one that takes another back brings no version of its own. */
export function summaryIn(events: readonly Pick<RecordedEvent, 'type' | 'data'>[]): (event: EventContent) => string {
  const back = events.find(isTakingBack)?.data.inherited.rollbackPoint.target;
  return (event) => (back !== undefined && isPlanned(event) ? takenBack(event.data, back) : summaryOfEvent(event));
}

type EventContent = Pick<RecordedEvent, 'type' | 'data'>;
type Inheriting = { readonly data: { readonly inherited: NonNullable<DataOf<'PlanDrafted'>['inherited']> } };

const isTakingBack = (event: EventContent): event is EventContent & Inheriting =>
  event.type === 'PlanDrafted' && (event.data as DataOf<'PlanDrafted'>).inherited != null;
const isPlanned = (event: EventContent): event is EventContent & { readonly data: DataOf<'DeploymentPlanned'> } =>
  event.type === 'DeploymentPlanned';

const takenBack = ({ service, version, environment }: DataOf<'DeploymentPlanned'>, back: ReleaseRef | null): string =>
  `version ${version} of ${service} in ${environment} is rolled back to ${versionOf(back)}`;
