import { Rejection } from '@backstay/event-sourcing';
import type { ReleaseRef } from '../values.ts';
import type { ClaimEnvironment, CompleteAdoption, EnvironmentCommand, RequestAdoption } from './commands.ts';
import type { AdoptionRequested, EnvironmentClaimQueued, EnvironmentEvent, EnvironmentSettled } from './events.ts';
import { quarantinedAfter, quarantinedAtMost, quarantineOf } from './quarantine.ts';
import type { EnvironmentState, Queue } from './state.ts';

export function decide(command: EnvironmentCommand, state: EnvironmentState): readonly EnvironmentEvent[] {
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
