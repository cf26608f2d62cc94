import { end, isEnded, activeState, type DeploymentState, type Ended } from '../state.ts';
import { mayHaveServed } from '../steps.ts';
import type { Notice } from '../values.ts';
import type { DeploymentRolledBack, RollbackEvent } from './events.ts';

export function evolveRollback(state: DeploymentState, event: RollbackEvent): DeploymentState {
  const active = activeState(state);
  if (active.status === 'none' || isEnded(active)) return state;
  switch (event.type) {
    case 'RollbackTriggered': {
      const { trigger, reason, at } = event.data;
      if (active.status === 'planning') return state;
      return { ...active, status: 'rolling-back', trigger, reason, triggeredAt: at, rollback: null };
    }
    case 'RollbackPlanned': {
      const { steps, target, checks, deadline, restores = [], notRestored = [] } = event.data;
      const rollback = { steps, target, checks, deadline, restores, notRestored };
      return active.status === 'rolling-back' ? { ...active, rollback } : state;
    }
    case 'DeploymentRolledBack': {
      const { verified, restored, running = restored, reason, at } = event.data;
      const rehearsed = active.status === 'rolling-back' && active.trigger.kind === 'rehearsal';
      const outcome = {
        running,
        ...(event.data.running === null ? { isRunningUnknown: true as const } : {}),
        ...(rehearsed ? {} : { quarantined: badAfter(active, event.data) }),
        // A restored version that did not pass its checks is no longer verified-good, whichever deployment brought it.
        ...(verified ? (rehearsed ? {} : { verifiedGood: restored }) : { verifiedGood: null }),
      };
      return end(state, verified ? 'rolled-back-verified' : 'rolled-back-unverified', reason, at, outcome);
    }
    case 'RollbackFailed':
      return end(
        state,
        'rollback-failed',
        event.data.reason,
        event.data.at,
        paged(active, `rollback failed: ${event.data.reason}`),
      );
    case 'DeploymentHalted':
      return end(state, 'halted', event.data.reason, event.data.at, paged(active, `halted: ${event.data.reason}`));
  }
}

type Unended = Exclude<ReturnType<typeof activeState>, Ended | { status: 'none' }>;

/** The version that is not to be deployed again: only what served can have been bad. */
function servedVersion(active: Unended): string | null {
  return active.status !== 'planning' && mayHaveServed(active) ? active.drafted.plan.version : null;
}

/** The version that was taken back after it served, unless the very same one was restored and found good. */
function badAfter(active: Unended, { verified, restored }: DeploymentRolledBack['data']): string | null {
  const version = servedVersion(active);
  return verified && restored?.version === version ? null : version;
}

/** An end that needs a person pages on-call, and nobody knows any more what runs. */
function paged(active: Unended, about: string): Pick<Ended, 'running' | 'quarantined' | 'pendingNotices'> {
  const notice: Notice = { notice: 'end.on-call', channel: 'on-call', about };
  const pendingNotices = active.status === 'planning' ? [] : active.pendingNotices;
  const reachable = active.drafted?.plan.channels['on-call'] !== undefined;
  return {
    running: null,
    quarantined: servedVersion(active),
    pendingNotices: reachable ? [...pendingNotices, notice] : pendingNotices,
  };
}
