import { Rejection } from '@backstay/event-sourcing';
import { isSameVersion, type Step } from '@backstay/document';
import { nothingToCheck, withoutResult } from './checks.ts';
import { after, known } from './decision.ts';
import { evidenceLeft } from './evidence.ts';
import type { DeploymentEvent } from './events.ts';
import { evolveDeployment } from './evolve.ts';
import { isWatched } from './plan.ts';
import { leftAsItIs, planRestores } from './restores.ts';
import { deriveRollback } from './rollback-steps.ts';
import {
  isEnded,
  isRunning,
  activeState,
  type Active,
  type DeploymentState,
  type RollingBack,
  type Running,
  type Verifying,
} from './state.ts';
import {
  awaitsRollbackPoint,
  hasMutated,
  isDone,
  isPastIrreversible,
  nextStep,
  skipReason,
  watchItem,
} from './steps.ts';
import type { CheckResult, HoldCode, ReleaseRef, Trigger } from './values.ts';

// What several slices let follow: pure functions over the state, each of which returns the events that follow from it.

/** Ends a hold; nothing where there is none. */
export function released(state: DeploymentState, why: string, at: string): readonly DeploymentEvent[] {
  return state.status === 'held' ? [{ type: 'DeploymentReleased', data: { why, at } }] : [];
}

const decisionMs = 86_400_000;

/** Waits a day for a person of that duty to say what becomes of a step, of the checks or of the watch. */
export function heldFor(
  duty: string,
  hold: { code: HoldCode; why: string; step: string },
  at: string,
): DeploymentEvent {
  return { type: 'DeploymentHeld', data: { ...hold, duty, winner: null, until: after(at, decisionMs), at } };
}

/** Asks whether to go on after a watch of which too little was watched. */
export function heldUnwatched(reason: string, at: string): DeploymentEvent {
  const why = `${reason}; is the new version to be watched again, taken as good, or rolled back?`;
  return heldFor('on-call', { code: 'unwatched', why, step: watchItem }, at);
}

/** Why a rollback begins, and when. */
export interface RollbackCause {
  readonly trigger: Trigger;
  readonly reason: string;
  readonly at: string;
}

/** One rollback per deployment: a second trigger while it runs changes nothing, and what is ended stays ended. */
export function triggerRollback(
  { trigger, reason, at }: RollbackCause,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const active = activeState(known(state));
  if (active.status === 'none' || isEnded(active))
    throw new Rejection('ended', `the deployment is ${active.status}`, { status: active.status });
  if (active.status === 'rolling-back') return [];
  return [...released(state, 'it is rolled back', at), triggered({ trigger, reason, at }, active, state.status)];
}

function triggered(
  { trigger, reason, at }: RollbackCause,
  active: Exclude<Active, RollingBack>,
  fromStatus: string,
): DeploymentEvent {
  if (active.status === 'planning' || !hasMutated(active)) return unchanged(trigger, reason, at);
  const halted = `${reason}; a step that cannot be undone was started, so a person must decide`;
  return isPastIrreversible(active)
    ? { type: 'DeploymentHalted', data: { reason: halted, at } }
    : { type: 'RollbackTriggered', data: { trigger, reason, fromStatus, at } };
}

/** Nothing was changed, so nothing is taken back: a person's confirmation cancels, everything else is a failure. */
function unchanged({ kind }: Trigger, reason: string, at: string): DeploymentEvent {
  const byPerson = kind === 'manual' || kind === 'cancelled';
  return { type: byPerson ? 'DeploymentCancelled' : 'DeploymentFailed', data: { reason, at } };
}

/** Counts from the trigger on, so that waiting for quiet is bounded too. */
export function rollbackDeadline({ rollback, triggeredAt, drafted }: RollingBack): string {
  return rollback?.deadline ?? after(triggeredAt, drafted.plan.rollback.timeoutMs);
}

/** A rollback that cannot be finished ends by name, and says what was not put back. */
export function rollbackFailed(
  run: RollingBack,
  reason: string,
  at: string,
  step: string | null = null,
): DeploymentEvent {
  const steps = run.rollback?.steps ?? deriveRollback(run.drafted.plan, run.steps, run.rollbackPoint);
  const { notRestored } = run.rollback ?? planRestores(run, at);
  const isLeft = (each: Step): boolean => leftAsItIs(notRestored, each) !== null;
  const missing = steps.filter((each) => !isDone(run, each) && !isLeft(each));
  const deviations = missing.map(({ id, title }) => `${id} ${title}: not done`);
  return { type: 'RollbackFailed', data: { reason, step, deviations, at } };
}

export function rollbackStepFailed(run: RollingBack, { id, title }: Step, reason: string, at: string): DeploymentEvent {
  return rollbackFailed(run, `${id} (${title}): ${reason}`, at, id);
}

/** Verified only when there was something to check and all of it passed. */
export function rolledBack(run: RollingBack, results: readonly CheckResult[], at: string): DeploymentEvent {
  const { reason, triggeredAt, rollback, drafted } = run;
  const unverified = whyUnverified(run, results);
  return {
    type: 'DeploymentRolledBack',
    data: {
      verified: unverified === null,
      restored: rollback?.target ?? null,
      reason,
      unverified,
      ...(unverified === null ? {} : runningAfter(run, results)),
      measuredMs: Date.parse(at) - Date.parse(triggeredAt),
      estimatedMs: drafted.plan.rollback.estimatedMs ?? null,
      at,
    },
  };
}

/** What the service says it is comes before what the steps were to reach; a deployer that keeps releases knows which one it switched to. */
function runningAfter(run: RollingBack, results: readonly CheckResult[]): { readonly running?: ReleaseRef | null } {
  const target = run.rollback?.target ?? null;
  const served = servedBy(results);
  if (served !== undefined) return { running: releaseServed(served, [target, releaseOf(run)]) };
  return target === null || target.release !== null ? {} : { running: null };
}

const servedBy = (results: readonly CheckResult[]): string | undefined =>
  results.findLast((result) => result.served !== undefined)?.served;

function releaseServed(version: string, known: readonly (ReleaseRef | null)[]): ReleaseRef {
  const same = known.find((release) => release !== null && isSameVersion(release.version, version));
  return same ?? { version, commit: null, release: null, deployment: null };
}

function whyUnverified({ rollback }: RollingBack, results: readonly CheckResult[]): string | null {
  const target = rollback?.target ?? null;
  if (rollback !== null && target === null)
    return 'there was no version before this one, so that there is nothing to be checked; what can be undone was undone';
  if (results.length === 0)
    return ['no check of the restored version is known', ...notSeen(target, results)].join('; ');
  const failed = [...results, ...(rollback === null ? [] : withoutResult(rollback.checks, results))]
    .filter(({ passed }) => !passed)
    .map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`);
  const why = [...failed, ...notSeen(target, results)];
  return why.length === 0 ? null : why.join('; ');
}

/** A switch does not prove what is served: the service says it, or its deployer finds which release its process runs from. */
function notSeen(target: ReleaseRef | null, results: readonly CheckResult[]): readonly string[] {
  if (target === null || servedBy(results) !== undefined) return [];
  const by = target.release === null ? 'the steps were to put back' : 'the deployer switched to';
  return [`${by} ${target.version}; the service did not say its version`];
}

/** The release that this deployment put in place, as its deploy steps recorded it. */
export function releaseOf({ id, drafted, steps }: Pick<Running, 'id' | 'drafted' | 'steps'>): ReleaseRef {
  const named = Object.values(steps).find(({ result }) => typeof result['release'] === 'string')?.result['release'];
  return {
    version: drafted.plan.version,
    commit: drafted.plan.commit ?? null,
    release: typeof named === 'string' ? named : null,
    deployment: id,
  };
}

export function succeeded(run: Running, at: string): DeploymentEvent {
  return { type: 'DeploymentSucceeded', data: { release: releaseOf(run), at } };
}

/** Nothing is left to check or to watch: it has succeeded. A rehearsal is taken back, which is what it is for, when all its evidence was read. */
export function concluded(run: Running, at: string): readonly DeploymentEvent[] {
  if (run.kind !== 'rehearsal') return [succeeded(run, at)];
  if (evidenceLeft(run).length > 0) return [];
  const trigger = { kind: 'rehearsal' as const, text: 'rehearsal', line: null, by: 'backstay' };
  return triggerRollback({ trigger, reason: 'it is a rehearsal', at }, run);
}

/** The checks have passed; what is not watched has succeeded with that. */
export function verified(run: Verifying, results: readonly CheckResult[], at: string): readonly DeploymentEvent[] {
  const { smokeTests, healthChecks } = run.checksPassed;
  const count = (kind: CheckResult['kind']) => results.filter((result) => result.kind === kind && result.passed).length;
  const passes = { smokeTests: smokeTests + count('smoke-test'), healthChecks: healthChecks + count('health-check') };
  const verification: DeploymentEvent = { type: 'VerificationPassed', data: { ...passes, at } };
  return isWatched(run.drafted.plan) ? [verification] : [verification, ...concluded(run, at)];
}

/** The events, and what follows from them without any act: steps that are nobody's here are skipped, a stage that is done is closed. */
export function withFollowing(
  state: DeploymentState,
  events: readonly DeploymentEvent[],
  at: string,
): readonly DeploymentEvent[] {
  const due = following(events.reduce(evolveDeployment, state), at);
  return due === null ? events : withFollowing(state, [...events, due], at);
}

function following(now: DeploymentState, at: string): DeploymentEvent | null {
  if (!isRunning(now) || awaitsRollbackPoint(now)) return null;
  const step = nextStep(now);
  if (step === undefined) return now.status === 'executing' ? { type: 'ExecutionCompleted', data: { at } } : null;
  const reason = whyNotPerformed(now, step);
  return reason === null ? null : { type: 'StepSkipped', data: { step: step.id, by: 'backstay', reason, at } };
}

/** Why a step is skipped now that it is next; null: it is to be performed. */
export function whyNotPerformed(run: Running, step: Step): string | null {
  const notRestored = run.status === 'rolling-back' ? (run.rollback?.notRestored ?? []) : [];
  return skipReason(run, step) ?? nothingToCheck(run, step) ?? leftAsItIs(notRestored, step);
}
