import { Rejection, streamName, type Decider, type DomainEvent } from '@backstay/event-sourcing';
import { after, isPast } from './decision.ts';
import { act, waitUntil, type Next } from './effect.ts';
import type { Phase } from './phase.ts';
import type { ReleaseRef } from './values.ts';
import type { CheckResult } from './values.ts';

/** A version that was rolled back. */
export interface QuarantinedVersion {
  readonly version: string;
  readonly why: string;
}

/** The lock and memory of one service in one environment: who holds it, what runs, what is known to be good. */
export type EnvironmentClaimed = DomainEvent<
  'EnvironmentClaimed',
  { readonly deployment: string; readonly at: string }
>;
export type EnvironmentClaimQueued = DomainEvent<
  'EnvironmentClaimQueued',
  {
    readonly deployment: string;
    readonly behind: string;
    /** It waits for the holder alone: it is before everybody else who waits. */
    readonly ahead?: true;
    /** Where its request stands in the order of all events, as text that sorts as they do. Absent: not known. */
    readonly position?: string;
    /** The first of those who wait and were requested later; absent: it is the last of the queue. */
    readonly before?: string;
    readonly at: string;
  }
>;
export type EnvironmentClaimWithdrawn = DomainEvent<
  'EnvironmentClaimWithdrawn',
  {
    readonly deployment: string;
    /** It only leaves the queue for a while; else it has ended and never claims again. */
    readonly mayReturn?: true;
    readonly at: string;
  }
>;
export type EnvironmentSettled = DomainEvent<
  'EnvironmentSettled',
  {
    readonly deployment: string;
    readonly outcome: string;
    readonly running: ReleaseRef | null;
    readonly verifiedGood: ReleaseRef | null;
    readonly quarantined: QuarantinedVersion | null;
    /** Whether a step that changes something was begun; absent: it may have been. */
    readonly changed?: boolean;
    readonly at: string;
  }
>;
export type AdoptionRequested = DomainEvent<
  'AdoptionRequested',
  { readonly version: string; readonly by: string; readonly reason: string; readonly at: string }
>;
export type EnvironmentAdopted = DomainEvent<
  'EnvironmentAdopted',
  { readonly running: ReleaseRef; readonly checks: readonly CheckResult[]; readonly at: string }
>;
export type AdoptionRefused = DomainEvent<
  'AdoptionRefused',
  {
    readonly version: string;
    readonly reasons: readonly string[];
    readonly checks: readonly CheckResult[];
    readonly at: string;
  }
>;
export type QuarantineLifted = DomainEvent<
  'QuarantineLifted',
  { readonly version: string; readonly by: string; readonly reason: string; readonly at: string }
>;

export type EnvironmentEvent =
  | EnvironmentClaimed
  | EnvironmentClaimQueued
  | EnvironmentClaimWithdrawn
  | EnvironmentSettled
  | AdoptionRequested
  | EnvironmentAdopted
  | AdoptionRefused
  | QuarantineLifted;

interface At {
  readonly at: string;
}
export type ClaimEnvironment = At & {
  readonly type: 'ClaimEnvironment';
  readonly deployment: string;
  /** It waits for the holder alone, as a rollback does. */
  readonly ahead?: true;
  /** Where its request stands in the order of all events, as text that sorts as they do; absent: it is the latest. */
  readonly position?: string;
  /** Where the requests of those who wait stand now. It counts for more than what is recorded, which a restore outdates. */
  readonly positions?: EnvironmentState['positions'];
};
export type WithdrawClaim = At & {
  readonly type: 'WithdrawClaim';
  readonly deployment: string;
  readonly mayReturn?: true;
};
export type SettleEnvironment = { readonly type: 'SettleEnvironment' } & EnvironmentSettled['data'];
export type RequestAdoption = At & {
  readonly type: 'RequestAdoption';
  readonly version: string;
  readonly by: string;
  readonly reason: string;
};
export type CompleteAdoption = At & {
  readonly type: 'CompleteAdoption';
  readonly version: string;
  readonly running: ReleaseRef | null;
  readonly checks: readonly CheckResult[];
  readonly reasons: readonly string[];
};
export type LiftQuarantine = At & {
  readonly type: 'LiftQuarantine';
  readonly version: string;
  readonly by: string;
  readonly reason: string;
};

export type EnvironmentCommand =
  | ClaimEnvironment
  | WithdrawClaim
  | SettleEnvironment
  | RequestAdoption
  | CompleteAdoption
  | LiftQuarantine;

export interface EnvironmentState {
  readonly holder: string | null;
  /** Since when the holder, or where nobody holds it the first of the queue, is the one to act, ISO 8601. */
  readonly activeSince: string | null;
  readonly queue: readonly string[];
  /** Where the requests of those who wait stood in the order of all events as they claimed. Whose is not known is overtaken by nobody. */
  readonly positions: Readonly<Record<string, string>>;
  readonly running: ReleaseRef | null;
  readonly verifiedGood: ReleaseRef | null;
  /** The deployment that ended half way: what `running` says may no longer be so. Null: it is so, also where nothing runs. */
  readonly uncertain: string | null;
  /** The last versions that were quarantined and are so still, at most 1,000, the latest at the end. */
  readonly quarantined: readonly QuarantinedVersion[];
  readonly adoption: AdoptionRequested['data'] | null;
  /** The last deployments, at most 100, whose end is known here: they never claim again. */
  readonly settled: readonly string[];
}

export const environment: Decider<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  initialState: {
    holder: null,
    activeSince: null,
    queue: [],
    positions: {},
    running: null,
    verifiedGood: null,
    uncertain: null,
    quarantined: [],
    adoption: null,
    settled: [],
  },
  decide,
  evolve,
};

/** Why a version is in quarantine; undefined: it is in none. */
export function quarantineOf(
  { quarantined }: Pick<EnvironmentState, 'quarantined'>,
  version: string,
): string | undefined {
  return quarantined.find((each) => each.version === version)?.why;
}

/** The id of an environment's stream. */
export function environmentId(service: string, name: string): string {
  return `${service}.${name}`;
}

/** Service and environment of an id. Names of environments have no dot; those of services may. */
export function partsOfEnvironment(id: string): { readonly service: string; readonly environment: string } {
  const dot = id.lastIndexOf('.');
  return { service: id.slice(0, dot), environment: id.slice(dot + 1) };
}

export function environmentStream(service: string, name: string): string {
  return streamName('environment', environmentId(service, name));
}

/** Whoever is the one to act for so long is reviewed: its deployment may have ended without letting go. */
const reviewAfterMs = 15 * 60_000;

/** Verification adopts what was asked for, planning reviews old claims. An environment never ends, so it is never complete. */
export function nextOfEnvironment(phase: Phase, state: EnvironmentState, now: string): Next {
  if (phase === 'verification' && state.adoption !== null) return act({ kind: 'adopt-release' });
  return (phase === 'planning' ? nextReview(state, now) : null) ?? { kind: 'another-turn' };
}

function nextReview({ holder, queue, activeSince }: EnvironmentState, now: string): Next | null {
  const deployment = holder ?? queue[0];
  if (deployment === undefined || activeSince === null) return null;
  const at = after(activeSince, reviewAfterMs);
  return isPast(at, now) ? act({ kind: 'review-claim', deployment }) : waitUntil(at);
}

function decide(command: EnvironmentCommand, state: EnvironmentState): readonly EnvironmentEvent[] {
  switch (command.type) {
    case 'ClaimEnvironment':
      return claim(command, state);
    case 'WithdrawClaim': {
      const { type: _type, ...withdrawn } = command;
      return state.queue.includes(withdrawn.deployment) ? [{ type: 'EnvironmentClaimWithdrawn', data: withdrawn }] : [];
    }
    case 'SettleEnvironment': {
      const { type: _type, ...settled } = command;
      return settleEnvironment(settled, state);
    }
    case 'RequestAdoption':
      return requestAdoption(command, state);
    case 'CompleteAdoption':
      return completeAdoption(command, state);
    case 'LiftQuarantine': {
      const { type: _type, ...lifted } = command;
      return quarantineOf(state, lifted.version) === undefined ? [] : [{ type: 'QuarantineLifted', data: lifted }];
    }
  }
}

/** First requested, first served, except for who waits for the holder alone; a deployment that ended never claims again. */
function claim(
  { deployment, ahead, position, positions, at }: ClaimEnvironment,
  state: EnvironmentState,
): readonly EnvironmentEvent[] {
  const { holder, queue, settled } = state;
  if (holder === deployment) return [];
  if (settled.includes(deployment)) throw new Rejection('already-settled', `deployment ${deployment} has ended here`);
  const isQueued = queue.includes(deployment);
  const known = { ...state.positions, ...positions };
  const place: ReturnType<typeof placeOf> =
    ahead || isQueued || position === undefined ? {} : placeOf(position, { queue, positions: known });
  const first = ahead ? deployment : (queue[0] ?? deployment);
  const isFirst = first === deployment || first === place.before;
  const winner = holder ?? (isFirst ? undefined : first);
  if (winner === undefined) return [{ type: 'EnvironmentClaimed', data: { deployment, at } }];
  if (isQueued) return [];
  return [
    { type: 'EnvironmentClaimQueued', data: { deployment, behind: winner, ...(ahead && { ahead }), ...place, at } },
  ];
}

function placeOf(
  position: string,
  { queue, positions }: Queue,
): Pick<EnvironmentClaimQueued['data'], 'position' | 'before'> {
  const last = queue.findLastIndex((each) => !isLater(positions[each], position));
  const before = queue[last + 1];
  return before === undefined ? { position } : { position, before };
}

function isLater(one: string | undefined, other: string): boolean {
  return one !== undefined && one > other;
}

/** Ends that changed nothing here; what runs is known better by the environment than by who may never have held it. */
const unchanging = ['rejected', 'failed', 'cancelled', 'superseded', 'abandoned'];

/** Lets go of what a deployment that ended holds, or takes it off the queue. One that does neither left nothing here. */
function settleEnvironment(settled: EnvironmentSettled['data'], state: EnvironmentState): readonly EnvironmentEvent[] {
  const { deployment, outcome, at } = settled;
  if (state.holder !== deployment)
    return state.queue.includes(deployment) ? [{ type: 'EnvironmentClaimWithdrawn', data: { deployment, at } }] : [];
  const { running, verifiedGood } = unchanging.includes(outcome) ? state : settled;
  const data = { ...settled, running, verifiedGood };
  return [{ type: 'EnvironmentSettled', data }, ...liftedBeyondLimit(quarantinedAfter(state.quarantined, data), at)];
}

/** What the state no longer holds is lifted, so that nothing is forgotten without an event. */
function liftedBeyondLimit(quarantined: EnvironmentState['quarantined'], at: string): readonly EnvironmentEvent[] {
  const reason = `more than ${quarantinedAtMost} versions are quarantined here, and it was quarantined first`;
  return quarantined
    .slice(0, -quarantinedAtMost)
    .map(({ version }) => ({ type: 'QuarantineLifted', data: { version, by: 'backstay', reason, at } }));
}

function requestAdoption(
  { type: _type, ...requested }: RequestAdoption,
  { holder, adoption }: EnvironmentState,
): readonly EnvironmentEvent[] {
  if (holder !== null)
    throw new Rejection('environment-held', `deployment ${holder} holds the environment`, { holder });
  return adoption?.version === requested.version ? [] : [{ type: 'AdoptionRequested', data: requested }];
}

function completeAdoption(
  { version, running, checks, reasons, at }: CompleteAdoption,
  state: EnvironmentState,
): readonly EnvironmentEvent[] {
  const { adoption, holder } = state;
  if (adoption?.version !== version) return [];
  const failed = checks.filter(({ passed }) => !passed).map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`);
  const overtaken = holder === null ? [] : [`deployment ${holder} has claimed the environment meanwhile`];
  const all = [...reasons, ...failed, ...(checks.length === 0 ? ['nothing could be checked'] : []), ...overtaken];
  if (running === null || all.length > 0)
    return [{ type: 'AdoptionRefused', data: { version, reasons: all, checks, at } }];
  return [
    { type: 'EnvironmentAdopted', data: { running: asRecorded(running, state), checks, at } },
    ...liftedBy(adoption, checks.length, state, at),
  ];
}

/** What already runs as it is recorded stays that deployment's: it can still be taken back, and its checks are known. */
function asRecorded(found: ReleaseRef, { running }: EnvironmentState): ReleaseRef {
  const same = found.version === running?.version && found.release === running.release;
  return same ? running : found;
}

/** A person asked for it and the checks are the proof. */
function liftedBy(
  { version, by, reason }: AdoptionRequested['data'],
  checks: number,
  state: EnvironmentState,
  at: string,
): readonly EnvironmentEvent[] {
  if (quarantineOf(state, version) === undefined) return [];
  const why = `adopted, as ${checks} checks passed: ${reason}`;
  return [{ type: 'QuarantineLifted', data: { version, by, reason: why, at } }];
}

function evolve(state: EnvironmentState, event: EnvironmentEvent): EnvironmentState {
  switch (event.type) {
    case 'EnvironmentClaimed': {
      const { deployment, at } = event.data;
      return { ...state, ...without(state, deployment), holder: deployment, activeSince: at };
    }
    case 'EnvironmentClaimQueued': {
      return { ...state, ...withQueued(state, event.data) };
    }
    case 'EnvironmentClaimWithdrawn': {
      const { deployment, mayReturn, at } = event.data;
      return {
        ...state,
        ...without(state, deployment),
        activeSince: state.holder === null ? at : state.activeSince,
        settled: mayReturn ? state.settled : noted(state.settled, deployment),
      };
    }
    case 'EnvironmentSettled':
      return settle(state, event.data);
    case 'AdoptionRequested':
      return { ...state, adoption: event.data };
    case 'EnvironmentAdopted': {
      const { running } = event.data;
      return { ...state, adoption: null, running, verifiedGood: running, uncertain: null };
    }
    case 'AdoptionRefused':
      return { ...state, adoption: null };
    case 'QuarantineLifted':
      return { ...state, quarantined: withoutVersion(state.quarantined, event.data.version) };
    // A type that this version does not know.
    default:
      return state;
  }
}

const notedAtMost = 100;
const quarantinedAtMost = 1_000;

/** However many deployments there were, a fold copies no more than this. */
function noted(settled: readonly string[], deployment: string): readonly string[] {
  return [...settled.slice(1 - notedAtMost), deployment];
}

type Queue = Pick<EnvironmentState, 'queue' | 'positions'>;

function withQueued(
  { queue, positions }: Queue,
  { deployment, ahead, position, before }: EnvironmentClaimQueued['data'],
): Queue {
  const place = ahead ? 0 : before === undefined ? -1 : queue.indexOf(before);
  return {
    queue: place < 0 ? [...queue, deployment] : queue.toSpliced(place, 0, deployment),
    positions: position === undefined ? positions : { ...positions, [deployment]: position },
  };
}

function without({ queue, positions }: Queue, deployment: string): Queue {
  if (!queue.includes(deployment)) return { queue, positions };
  const { [deployment]: _gone, ...others } = positions;
  return { queue: queue.filter((each) => each !== deployment), positions: others };
}

function settle(state: EnvironmentState, settled: EnvironmentSettled['data']): EnvironmentState {
  const { deployment, running, verifiedGood } = settled;
  return {
    ...state,
    holder: null,
    activeSince: settled.at,
    running,
    verifiedGood,
    uncertain: uncertainAfter(state.uncertain, settled),
    // A stream of an earlier version quarantined more without lifting any.
    quarantined: quarantinedAfter(state.quarantined, settled).slice(-quarantinedAtMost),
    settled: noted(state.settled, deployment),
  };
}

function quarantinedAfter(
  before: EnvironmentState['quarantined'],
  settled: EnvironmentSettled['data'],
): EnvironmentState['quarantined'] {
  const { quarantined: bad } = settled;
  const good = restoredGood(settled);
  const worse = bad === null ? before : [...withoutVersion(before, bad.version), bad];
  return good === null ? worse : withoutVersion(worse, good);
}

function withoutVersion(
  quarantined: EnvironmentState['quarantined'],
  version: string,
): EnvironmentState['quarantined'] {
  const place = quarantined.findIndex((each) => each.version === version);
  return place < 0 ? quarantined : quarantined.toSpliced(place, 1);
}

/** What a verified rollback has just restored is good, whatever was said of it before. */
function restoredGood({ outcome, running }: EnvironmentSettled['data']): string | null {
  return outcome === 'rolled-back-verified' && running !== null ? running.version : null;
}

const endsHalfWay = ['halted', 'rollback-failed', 'abandoned'];
const endsKnown = ['succeeded', 'rolled-back-verified', 'rolled-back-unverified'];

function uncertainAfter(
  before: string | null,
  { deployment, outcome, changed = true }: EnvironmentSettled['data'],
): string | null {
  if (endsKnown.includes(outcome)) return null;
  return endsHalfWay.includes(outcome) && changed ? deployment : before;
}
