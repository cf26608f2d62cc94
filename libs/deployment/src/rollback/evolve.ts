import { end, isEnded, underlying, type DeploymentState, type Ended } from '../state.ts';
import type { Notice } from '../values.ts';
import type { DeploymentRolledBack, RollbackEvent } from './events.ts';

export function evolveRollback(state: DeploymentState, event: RollbackEvent): DeploymentState {
  const whole = underlying(state);
  if (whole.status === 'none' || isEnded(whole)) return state;
  switch (event.type) {
    case 'RollbackTriggered': {
      const { trigger, reason, at } = event.data;
      if (whole.status === 'planning') return state;
      return { ...whole, status: 'rolling-back', trigger, reason, triggeredAt: at, rollback: null };
    }
    case 'RollbackPlanned': {
      const { steps, target, checks, deadline } = event.data;
      return whole.status === 'rolling-back' ? { ...whole, rollback: { steps, target, checks, deadline } } : state;
    }
    case 'DeploymentRolledBack': {
      const { verified, restored, reason, at } = event.data;
      const rehearsed = whole.status === 'rolling-back' && whole.trigger.kind === 'rehearsal';
      const outcome = {
        running: restored,
        ...(rehearsed ? {} : { quarantined: badAfter(whole, event.data) }),
        // What came back and did not pass its checks is good no longer, whoever took it there.
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
        paged(whole, `rollback failed: ${event.data.reason}`),
      );
    case 'DeploymentHalted':
      return end(state, 'halted', event.data.reason, event.data.at, paged(whole, `halted: ${event.data.reason}`));
  }
}

type Unended = Exclude<ReturnType<typeof underlying>, Ended | { status: 'none' }>;

function versionOf({ drafted }: Unended): string | null {
  return drafted?.plan.version ?? null;
}

/** The version that was taken back, unless the very same one was restored and found good. */
function badAfter(whole: Unended, { verified, restored }: DeploymentRolledBack['data']): string | null {
  const version = versionOf(whole);
  return verified && restored?.version === version ? null : version;
}

/** An end that needs a person pages on-call, and nobody knows any more what runs. */
function paged(whole: Unended, about: string): Pick<Ended, 'running' | 'quarantined' | 'owed'> {
  const notice: Notice = { notice: 'end.on-call', channel: 'on-call', about };
  const owed = whole.status === 'planning' ? [] : whole.owed;
  const reachable = whole.drafted?.plan.channels['on-call'] !== undefined;
  return { running: null, quarantined: versionOf(whole), owed: reachable ? [...owed, notice] : owed };
}
