import type { Plan, Step } from '@backstay/document';
import type { AlertRaised } from './monitoring/events.ts';
import type { Phase, PreflightPhase } from './phase.ts';
import type { DeploymentHeld } from './planning/events.ts';
import type { DeployRequest } from './request.ts';
import type {
  CheckPurpose,
  CommitInfo,
  DeploymentKind,
  Finding,
  Inherited,
  Notice,
  NotRestored,
  RecordedBaseline,
  ReleaseRef,
  RequestOrigin,
  RestorationChecks,
  RestoreOutlook,
  RollbackPoint,
  StepRecord,
  Trigger,
} from './values.ts';

/** The statuses of a deployment that goes on. */
export const activeStatuses = [
  'planning',
  'executing',
  'verifying',
  'monitoring',
  'rolling-back',
] as const satisfies readonly Active['status'][];
export type ActiveStatus = (typeof activeStatuses)[number];

export const endings = [
  'succeeded',
  'failed',
  'rolled-back-verified',
  'rolled-back-unverified',
  'rollback-failed',
  'halted',
  'cancelled',
  'superseded',
  'rejected',
  'abandoned',
] as const;
export type Ending = (typeof endings)[number];

/** What every deployment knows from its first event on. */
export interface Known {
  readonly id: string;
  readonly kind: DeploymentKind;
  readonly of: string | null;
  readonly origin: RequestOrigin;
  readonly request: DeployRequest;
  readonly requestedAt: string;
  /** The highest fencing token that any phase has used; a lower one is refused. */
  readonly tokens: Readonly<Partial<Record<Phase, number>>>;
  readonly confirmed: Readonly<Record<number, { readonly by: string; readonly reason: string }>>;
  /** Ids of events that are proof no longer. */
  readonly revoked: readonly string[];
}

export interface Drafted {
  readonly plan: Plan;
  readonly digest: string;
  readonly commit: CommitInfo | null;
  readonly inherited: Inherited | null;
}

export interface Claim {
  readonly stream: string;
  readonly version: number;
  readonly running: ReleaseRef | null;
  readonly verifiedGood: ReleaseRef | null;
  /** Releases that stay laid out, however old they are. Absent: not known. */
  readonly kept?: readonly string[];
  readonly quarantined: readonly string[];
  /** The deployment after which nobody knows what runs. */
  readonly uncertain?: string;
}

/** What a planned deployment has done so far. */
export interface Run {
  readonly drafted: Drafted;
  readonly claim: Claim;
  readonly previous: ReleaseRef | null;
  readonly plannedAt: string;
  /** When the phase that has to act last recorded something. */
  readonly movedAt: string;
  readonly rollbackPoint: RollbackPoint | null;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly baseline: RecordedBaseline | null;
  readonly findings: readonly Finding[];
  readonly alerts: readonly AlertRaised['data'][];
  /** Notices that are due and not yet attempted to the end. */
  readonly pendingNotices: readonly Notice[];
  readonly logsRead: boolean;
  /** Lines whose own evidence was read. */
  readonly evidenceRead: readonly number[];
  /** The closing round of checks that was begun last and has no verdict yet. */
  readonly checking: { readonly purpose: CheckPurpose; readonly token: number } | null;
  /** The change of verdict that was recorded last, by metric and quantile, as canonical JSON. */
  readonly verdicts: Readonly<Record<string, string>>;
  /** Triggers whose rollback was withheld because they are in shadow mode. */
  readonly withheld: readonly string[];
  /** Triggers that the version that runs broke before anything new served. */
  readonly degradedBefore: readonly string[];
  /** When a person last had the version that runs looked at again; null: nobody did. */
  readonly lookedAgainAt: string | null;
  readonly checksPassed: { readonly smokeTests: number; readonly healthChecks: number };
}

export interface Planning extends Known {
  readonly status: 'planning';
  readonly drafted: Drafted | null;
  readonly cleared: boolean;
  readonly claim: Claim | null;
  /** When the preflight was asked for. */
  readonly askedAt: string | null;
  readonly reports: Readonly<Partial<Record<PreflightPhase, readonly Finding[]>>>;
  readonly baseline: RecordedBaseline | null;
}
export interface Executing extends Known, Run {
  readonly status: 'executing';
}
export interface Verifying extends Known, Run {
  readonly status: 'verifying';
}
export interface Monitoring extends Known, Run {
  readonly status: 'monitoring';
  readonly from: string;
  readonly watch: {
    readonly from: string;
    readonly until: string;
    readonly measurements: string;
    /** Smoke tests that run as traffic, with the time between two requests; null: none do. */
    readonly traffic: { readonly everyMs: number } | null;
  } | null;
  /** Nothing is left to watch; a rehearsal is taken back when the last of its evidence is read. */
  readonly watchComplete: boolean;
}
export interface RollingBack extends Known, Run {
  readonly status: 'rolling-back';
  readonly trigger: Trigger;
  readonly reason: string;
  readonly triggeredAt: string;
  readonly rollback: {
    readonly steps: readonly Step[];
    readonly target: ReleaseRef | null;
    readonly checks: RestorationChecks;
    readonly deadline: string;
    readonly restores: readonly RestoreOutlook[];
    readonly notRestored: readonly NotRestored[];
  } | null;
}
export type Active = Planning | Executing | Verifying | Monitoring | RollingBack;

/** A deployment that waits for a person or for another deployment; `under` is what it goes back to. */
export interface Held extends Known {
  readonly status: 'held';
  readonly hold: DeploymentHeld['data'];
  readonly under: Active;
}

export interface Ended extends Known {
  readonly status: Ending;
  readonly reason: string;
  readonly endedAt: string;
  /** What runs in the environment now, as far as this deployment knows. */
  readonly running: ReleaseRef | null;
  /** The checks of a rollback did not find out what runs. */
  readonly isRunningUnknown?: true;
  readonly verifiedGood: ReleaseRef | null;
  readonly quarantined: string | null;
  readonly drafted: Drafted | null;
  /** The environment that has not recorded this end yet, with the claim if it was recorded; null once it has, or if it never knew of this deployment. */
  readonly unsettled: { readonly claim: Claim | null } | null;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly rollbackPoint: RollbackPoint | null;
  readonly evidenceRead: Run['evidenceRead'];
  readonly checksPassed: Run['checksPassed'];
  readonly pendingNotices: readonly Notice[];
}

export interface NotRequested {
  readonly status: 'none';
}

export type DeploymentState = NotRequested | Active | Held | Ended;

export function isEnded(state: DeploymentState): state is Ended {
  return (endings as readonly string[]).includes(state.status);
}

/** The state under a hold, or the state itself. */
export function activeState(state: DeploymentState): NotRequested | Active | Ended {
  return state.status === 'held' ? state.under : state;
}

export type Running = Executing | Verifying | Monitoring | RollingBack;

export function isRunning(state: DeploymentState): state is Running {
  return ['executing', 'verifying', 'monitoring', 'rolling-back'].includes(state.status);
}

/** Changes the active state, also under a hold. */
export function changeUnder(state: Active | Held, change: (active: Active) => Active): Active | Held {
  return state.status === 'held' ? { ...state, under: change(state.under) } : change(state);
}

/** What the deployment would go back to, and what a rollback goes back to; nothing where it is not known yet. */
export function rollbackTargetsOf(state: DeploymentState): readonly ReleaseRef[] {
  const active = activeState(state);
  if (active.status === 'none') return [];
  const points = [active.drafted?.inherited?.rollbackPoint, 'rollbackPoint' in active ? active.rollbackPoint : null];
  return points.flatMap((point) => point?.target ?? []);
}

/** Changes what has been planned, also under a hold; what is not planned yet, or has ended, stays. */
export function changeRun(state: Active | Held | Ended, change: (run: Running) => Running): Active | Held | Ended {
  if (isEnded(state)) return state;
  return changeUnder(state, (active) => (active.status === 'planning' ? active : change(active)));
}

export function knownOf({
  id,
  kind,
  of,
  origin,
  request,
  requestedAt,
  tokens,
  confirmed,
  revoked,
}: Active | Held | Ended): Known {
  return { id, kind, of, origin, request, requestedAt, tokens, confirmed, revoked };
}

type Outcome = Partial<Pick<Ended, 'running' | 'isRunningUnknown' | 'verifiedGood' | 'quarantined' | 'pendingNotices'>>;

/** Terminal states absorb: what is ended stays as it ended. */
export function end(
  state: DeploymentState,
  status: Ending,
  reason: string,
  endedAt: string,
  outcome: Outcome = {},
): DeploymentState {
  const active = activeState(state);
  if (active.status === 'none' || isEnded(active)) return state;
  const run = active.status === 'planning' ? null : active;
  return {
    ...knownOf(active),
    status,
    reason,
    endedAt,
    running: active.claim?.running ?? null,
    verifiedGood: active.claim?.verifiedGood ?? null,
    quarantined: null,
    drafted: active.drafted,
    unsettled: active.drafted === null ? null : { claim: active.claim },
    steps: run?.steps ?? {},
    rollbackPoint: run?.rollbackPoint ?? null,
    evidenceRead: run?.evidenceRead ?? [],
    checksPassed: run?.checksPassed ?? { smokeTests: 0, healthChecks: 0 },
    pendingNotices: run?.pendingNotices ?? [],
    ...outcome,
  };
}
