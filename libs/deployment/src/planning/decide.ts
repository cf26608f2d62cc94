import { Rejection } from '@backstay/event-sourcing';
import { isEvidence } from '../catalogue.ts';
import { isPast, known } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { preflightPhases } from '../phase.ts';
import { isEnded, activeState, type Active, type DeploymentState, type Planning } from '../state.ts';
import { checksItem, hasMutated, nextStep, openStep, watchItem } from '../steps.ts';
import { released, rollbackFailed, triggerRollback } from '../transitions.ts';
import type { DeploymentKind, HoldCode } from '../values.ts';
import type {
  CancelDeployment,
  ClearBlockers,
  ConfirmCriterion,
  DraftPlan,
  ExpireHold,
  HoldDeployment,
  PlanningCommand,
  RejectDeployment,
  ReleaseEnvironment,
  ReportPreflight,
  RequestDeployment,
  RequestPreflight,
  RevokeEvidence,
  SupersedeDeployment,
} from './commands.ts';
import { judged } from './preflight.ts';
import { stallEnded } from './stall.ts';

export function decidePlanning(command: PlanningCommand, state: DeploymentState): readonly DeploymentEvent[] {
  switch (command.type) {
    case 'RequestDeployment':
      return requestDeployment(command, state);
    case 'RejectDeployment':
      return rejectDeployment(command, state);
    case 'DraftPlan':
      return draftPlan(command, state);
    case 'ClearBlockers':
      return clearBlockers(command, state);
    case 'RequestPreflight':
      return requestPreflight(command, state);
    case 'ReportPreflight':
      return reportPreflight(command, state);
    case 'HoldDeployment':
      return holdDeployment(command, state);
    case 'ExpireHold':
      return expireHold(command, state);
    case 'EndStall':
      return stallEnded(command.at, state);
    case 'CancelDeployment':
      return cancelDeployment(command, state);
    case 'SupersedeDeployment':
      return supersedeDeployment(command, state);
    case 'ReleaseEnvironment':
      return releaseEnvironment(command, state);
    case 'ConfirmCriterion':
      return confirmCriterion(command, state);
    case 'RevokeEvidence':
      return revokeEvidence(command, state);
  }
}

function requestDeployment(
  { type: _type, problems = [], ...requested }: RequestDeployment,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (state.status === 'none') {
    const data = { ...requested, kind: kindOf(requested) };
    if (problems.length === 0) return [{ type: 'DeploymentRequested', data }];
    return [
      { type: 'DeploymentRequested', data: { ...data, invalid: true } },
      { type: 'DeploymentRejected', data: { because: 'request', problems, at: data.at } },
    ];
  }
  if (state.origin.bodyDigest === requested.origin.bodyDigest) return [];
  throw new Rejection('conflicting-duplicate', 'the same request identity came with another body', { id: state.id });
}

function kindOf({ kind, request }: Pick<RequestDeployment, 'kind' | 'request'>): DeploymentKind {
  return kind === 'deployment' && request.rehearse === true ? 'rehearsal' : kind;
}

function rejectDeployment(
  { because, problems, at }: RejectDeployment,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (state.status === 'rejected') return [];
  planning(state);
  return [...released(state, 'it is rejected', at), { type: 'DeploymentRejected', data: { because, problems, at } }];
}

function draftPlan({ type: _type, ...drafted }: DraftPlan, state: DeploymentState): readonly DeploymentEvent[] {
  return planning(state).drafted === null ? [{ type: 'PlanDrafted', data: drafted }] : [];
}

function clearBlockers({ satisfied, at }: ClearBlockers, state: DeploymentState): readonly DeploymentEvent[] {
  const { cleared, drafted } = planning(state);
  if (cleared) return [];
  if (drafted === null) throw new Rejection('not-drafted', 'what blocks it is known from its plan');
  return [...released(state, 'what it waited for is there', at), { type: 'BlockersCleared', data: { satisfied } }];
}

function requestPreflight(
  { type: _type, at, ...claim }: RequestPreflight,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const { claim: earlier, drafted, cleared } = planning(state);
  if (earlier !== null) return [];
  if (drafted === null) throw new Rejection('not-drafted', 'a preflight needs a plan');
  if (!cleared) throw new Rejection('not-cleared', 'what blocks it has not been looked at');
  return [
    ...released(state, 'the environment is free', at),
    { type: 'PreflightRequested', data: { phases: preflightPhases, ...claim, at } },
  ];
}

function reportPreflight(
  { phase, findings, baseline, at }: ReportPreflight,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const active = activeState(known(state));
  // All reports are in, or nobody waits for them any more.
  if (active.status !== 'planning') return [];
  const { claim, reports } = active;
  if (claim === null) throw new Rejection('not-asked', 'no preflight was asked for');
  if (reports[phase] !== undefined) return [];
  const reported: DeploymentEvent[] = [
    ...(baseline ? [{ type: 'BaselineRecorded' as const, data: baseline }] : []),
    { type: 'PreflightReported', data: { phase, findings } },
  ];
  const all = { ...reports, [phase]: findings };
  if (preflightPhases.some((each) => all[each] === undefined)) return reported;
  return [...reported, ...judged(active, Object.values(all).flat(), at)];
}

type HoldDeploymentData = Omit<HoldDeployment, 'type'>;

function holdDeployment({ type: _type, ...hold }: HoldDeployment, state: DeploymentState): readonly DeploymentEvent[] {
  if (isAlreadyHeld(state, hold)) return [];
  const active = activeState(state);
  // A deployment that is held does not act; a rollback is bounded by its own deadline alone.
  if (hold.code === 'platform-fault' && (state.status === 'held' || active.status === 'rolling-back')) return [];
  if (active.status === 'none' || isEnded(active))
    throw new Rejection('ended', `a deployment that is ${active.status} cannot be held`);
  mustBeHeldFor(active, hold);
  const held: DeploymentEvent = { type: 'DeploymentHeld', data: { ...hold, until: deadlineOf(state, hold) } };
  return [...released(state, 'it waits for something else now', hold.at), held];
}

/** Whether it is already held for this reason. If other deployments block it meanwhile, the hold is recorded again. */
export function isAlreadyHeld(state: DeploymentState, { code, winner, step, why }: HoldDeploymentData): boolean {
  if (state.status !== 'held') return false;
  const { hold } = state;
  const same = hold.code === code && hold.winner === winner && hold.step === step;
  return same && (code !== 'blocked-by' || hold.why === why);
}

/** Waiting for something else of the same kind gains no time. */
function deadlineOf(state: DeploymentState, { code, until }: HoldDeploymentData): string {
  return code === 'blocked-by' && state.status === 'held' && state.hold.code === code ? state.hold.until : until;
}

const holdsOfPlanning: readonly HoldCode[] = ['environment-held', 'blocked-by', 'outside-window'];

/** A hold that comes late finds what it wanted to wait for already behind it. */
function mustBeHeldFor(active: Active, { code, step }: Pick<HoldDeployment, 'code' | 'step'>): void {
  if (code === 'platform-fault') return;
  if (active.status === 'planning' || holdsOfPlanning.includes(code)) {
    const waits = active.status === 'planning' && active.claim === null && holdsOfPlanning.includes(code);
    if (!waits)
      throw new Rejection('nothing-to-wait-for', `a deployment that is ${active.status} does not wait for ${code}`);
    return;
  }
  if (openStep(active) !== undefined) throw new Rejection('step-open', 'a deployment is not held while a step runs');
  if (step !== null && step !== checksItem && step !== watchItem && nextStep(active)?.id !== step) {
    throw new Rejection('not-next', `step ${step} is not the next one`);
  }
}

function cancelDeployment({ reason, by, at }: CancelDeployment, state: DeploymentState): readonly DeploymentEvent[] {
  const active = activeState(known(state));
  if (active.status === 'cancelled') return [];
  if (isEnded(active)) throw new Rejection('ended', `the deployment is ${active.status}`, { status: active.status });
  if (active.status === 'rolling-back') return [];
  if (active.status === 'none' || active.status === 'planning' || !hasMutated(active))
    return [{ type: 'DeploymentCancelled', data: { reason, at } }];
  const trigger = { kind: 'cancelled' as const, text: reason, line: null, by };
  return triggerRollback({ trigger, reason: `${by} cancelled it: ${reason}`, at }, state);
}

function supersedeDeployment(
  { by, reason, at }: SupersedeDeployment,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (state.status === 'superseded') return [];
  const { claim } = planning(state);
  if (claim !== null)
    throw new Rejection('already-claimed', 'a deployment that holds its environment is not superseded');
  return [{ type: 'DeploymentSuperseded', data: { by, reason, at } }];
}

function releaseEnvironment(
  { stream, version }: ReleaseEnvironment,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (!isEnded(state)) throw new Rejection('not-ended', `the deployment is ${state.status}`);
  return state.unsettled === null ? [] : [{ type: 'EnvironmentReleased', data: { stream, version } }];
}

function confirmCriterion(
  { line, by, reason, at }: ConfirmCriterion,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const active = known(state);
  if (active.confirmed[line] !== undefined) return [];
  const criterion = linesForPersons(draftedOf(activeState(active))).find((each) => each.line === line);
  if (criterion === undefined)
    throw new Rejection('no-such-criterion', `line ${line} of the document is not a criterion that a person confirms`, {
      line,
    });
  return [{ type: 'CriterionConfirmed', data: { line, text: criterion.text, by, reason, at } }];
}

function draftedOf(state: ReturnType<typeof activeState>) {
  return state.status === 'none' ? undefined : state.drafted?.plan;
}

/** The lines that rest on a person's confirmation; what is computed or read from evidence is not confirmed manually. */
function linesForPersons(
  plan: ReturnType<typeof draftedOf>,
): readonly { readonly text: string; readonly line: number }[] {
  if (plan === undefined) return [];
  return [
    ...plan.acceptanceCriteria.filter(({ rule }) => rule.kind === 'manual'),
    ...plan.documentation
      .filter(({ proof }) => proof.kind === 'manual')
      .map(({ text, source }) => ({ text, line: source.line })),
    ...[...plan.blockedBy, ...plan.blocks]
      .filter(({ rule }) => rule.kind === 'manual')
      .map(({ text, source }) => ({ text, line: source.line })),
  ];
}

function planning(state: DeploymentState): Planning {
  const active = activeState(state);
  if (active.status !== 'planning')
    throw new Rejection('not-planning', `the deployment is ${active.status}`, { status: active.status });
  return active;
}

/** Of these nobody knows whether the new version is good or bad, and silence alone takes nothing back. */
const holdsOfSilence: readonly HoldCode[] = ['no-data', 'unwatched', 'undecided'];

/** Every wait has a deadline and a named outcome: nothing changed yet ends failed, else it is rolled back, or left as it is where nothing is known of it. */
function expireHold({ at }: ExpireHold, state: DeploymentState): readonly DeploymentEvent[] {
  if (state.status !== 'held' || !isPast(state.hold.until, at)) return [];
  const { under, hold } = state;
  if (hold.code === 'platform-fault') return released(state, 'it is tried again', at);
  const reason = `nobody ended the wait in time: ${hold.why}`;
  const ended = released(state, 'its deadline passed', at);
  if (under.status === 'planning' || !hasMutated(under))
    return [...ended, { type: 'DeploymentFailed', data: { reason, at } }];
  if (under.status === 'rolling-back') return [...ended, rollbackFailed(under, reason, at)];
  if (holdsOfSilence.includes(hold.code)) {
    const halted = `${reason}; nothing is known of the new version, and it is left as it is`;
    return [...ended, { type: 'DeploymentHalted', data: { reason: halted, at } }];
  }
  const trigger = { kind: 'deadline' as const, text: hold.why, line: null, by: 'backstay' };
  return [...ended, ...triggerRollback({ trigger, reason, at }, under)];
}

/** Evidence can be revoked at any time, also after the end. The deployment itself continues unchanged; only the criteria change. */
function revokeEvidence(
  { type: _type, ...revoked }: RevokeEvidence,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const { eventId, eventType } = revoked.evidence;
  if (known(state).revoked.includes(eventId)) return [];
  if (!isEvidence(eventType))
    throw new Rejection('no-evidence', `${eventType} is not evidence that could be revoked`, { eventId, eventType });
  return [{ type: 'EvidenceRevoked', data: revoked }];
}
