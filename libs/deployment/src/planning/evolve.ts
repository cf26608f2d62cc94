import {
  changeUnder,
  end,
  isEnded,
  knownOf,
  activeState,
  type Active,
  type DeploymentState,
  type Ended,
  type Executing,
  type Held,
  type Known,
  type Planning,
} from '../state.ts';
import type {
  DeploymentRejected,
  DeploymentRequested,
  DeploymentSucceeded,
  PlanDrafted,
  PlanningEvent,
} from './events.ts';
import type { ReleaseRef } from '../values.ts';

export function evolvePlanning(state: DeploymentState, event: PlanningEvent): DeploymentState {
  if (event.type === 'DeploymentRequested') return state.status === 'none' ? begun(event.data) : state;
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'PlanDrafted':
      return whilePlanning(state, (planning) => ({ ...planning, drafted: drafted(event.data) }));
    case 'BlockersCleared':
      return whilePlanning(state, (planning) => ({ ...planning, cleared: true }));
    case 'PreflightRequested': {
      const { phases: _phases, claim, at, ...known } = event.data;
      return whilePlanning(state, (planning) => ({ ...planning, claim: { ...claim, ...known }, askedAt: at }));
    }
    case 'PreflightReported':
      return whilePlanning(state, (planning) => ({
        ...planning,
        reports: { ...planning.reports, [event.data.phase]: event.data.findings },
      }));
    case 'FindingOverridden':
      return state;
    case 'DeploymentPlanned':
      return whilePlanning(state, (planning) => executing(planning, event.data));
    case 'DeploymentHeld':
      return isEnded(state)
        ? state
        : { ...knownOf(state), status: 'held', hold: event.data, under: state.status === 'held' ? state.under : state };
    case 'DeploymentReleased':
      return state.status === 'held' ? state.under : state;
    case 'CriterionConfirmed': {
      const { line, by, reason } = event.data;
      return onKnown(state, ({ confirmed }) => ({ confirmed: { ...confirmed, [line]: { by, reason } } }));
    }
    case 'EvidenceRevoked': {
      const { eventId, line } = event.data.evidence;
      return onKnown(state, ({ revoked, confirmed }) => ({
        revoked: [...revoked, eventId],
        confirmed: line === null ? confirmed : without(confirmed, line),
      }));
    }
    case 'EnvironmentReleased':
      return isEnded(state) ? { ...state, unsettled: null } : state;
    case 'DeploymentSucceeded':
      return succeeded(state, event.data);
    case 'DeploymentRejected':
      return rejected(state, event.data);
    case 'DeploymentFailed':
      return end(state, 'failed', event.data.reason, event.data.at);
    case 'DeploymentCancelled':
      return end(state, 'cancelled', event.data.reason, event.data.at);
    case 'DeploymentSuperseded':
      return end(state, 'superseded', event.data.reason, event.data.at);
    case 'DeploymentAbandoned':
      return end(state, 'abandoned', event.data.reason, event.data.at);
  }
}

/** An invalid request stands rejected from its first version on. */
function begun(data: DeploymentRequested['data']): DeploymentState {
  const planning = requested(data);
  return data.invalid === true ? end(planning, 'rejected', 'the request has problems', data.at) : planning;
}

function rejected(state: DeploymentState, { because, problems, at }: DeploymentRejected['data']): DeploymentState {
  const reason = problems[0]?.message ?? because;
  return state.status === 'rejected' ? { ...state, reason } : end(state, 'rejected', reason, at);
}

function requested({ id, kind, of, origin, request, at }: DeploymentRequested['data']): Planning {
  return {
    status: 'planning',
    id,
    kind,
    of,
    origin,
    request,
    requestedAt: at,
    tokens: {},
    confirmed: {},
    revoked: [],
    drafted: null,
    cleared: false,
    claim: null,
    askedAt: null,
    reports: {},
    baseline: null,
  };
}

function drafted({ plan, digest, commit, inherited }: PlanDrafted['data']) {
  return { plan, digest, commit, inherited };
}

function executing(planning: Planning, { previous, at }: { previous: ReleaseRef | null; at: string }): Active {
  const { drafted: draft, claim, reports, baseline } = planning;
  if (draft === null || claim === null) return planning;
  const run: Executing = {
    ...knownOf(planning),
    status: 'executing',
    drafted: draft,
    claim,
    previous,
    plannedAt: at,
    movedAt: at,
    rollbackPoint: draft.inherited?.rollbackPoint ?? null,
    steps: draft.inherited?.steps ?? {},
    baseline,
    findings: Object.values(reports).flat(),
    alerts: [],
    pendingNotices: [],
    logsRead: false,
    evidenceRead: [],
    checking: null,
    verdicts: {},
    withheld: [],
    degradedBefore: [],
    lookedAgainAt: null,
    checksPassed: { smokeTests: 0, healthChecks: 0 },
  };
  return run;
}

/** Changes what every deployment knows, also under a hold. */
function onKnown<State extends Active | Held | Ended>(state: State, change: (known: Known) => Partial<Known>): State {
  const changed = change(state);
  return state.status === 'held'
    ? { ...state, ...changed, under: { ...state.under, ...changed } }
    : { ...state, ...changed };
}

function without(confirmed: Known['confirmed'], line: number): Known['confirmed'] {
  const { [line]: _gone, ...others } = confirmed;
  return others;
}

function whilePlanning(
  state: Exclude<DeploymentState, { status: 'none' }>,
  change: (planning: Planning) => Active,
): DeploymentState {
  if (isEnded(state)) return state;
  return changeUnder(state, (active) => (active.status === 'planning' ? change(active) : active));
}

/** What nothing checked has succeeded, and is still not verified good. */
function succeeded(state: DeploymentState, { release, at }: DeploymentSucceeded['data']): DeploymentState {
  const active = activeState(state);
  const checked =
    active.status !== 'none' &&
    active.status !== 'planning' &&
    active.checksPassed.smokeTests + active.checksPassed.healthChecks > 0;
  return end(state, 'succeeded', '', at, { running: release, ...(checked ? { verifiedGood: release } : {}) });
}
