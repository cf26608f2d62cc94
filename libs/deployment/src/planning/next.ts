import { isPast } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { openStep } from '../journal.ts';
import { isEnded, type DeploymentState, type Held, type Planning } from '../state.ts';

export function nextOfPlanning(state: DeploymentState, now: string): Effect | null {
  if (state.status === 'held') return nextOfHeld(state, now);
  if (isEnded(state))
    return state.unsettled !== null && openStep(state) === undefined ? { kind: 'settle-environment' } : null;
  return state.status === 'planning' ? nextOfUnplanned(state) : null;
}

function nextOfUnplanned({ drafted, cleared, claim }: Planning): Effect | null {
  if (drafted === null) return { kind: 'draft-plan' };
  if (!cleared) return { kind: 'check-blockers' };
  return claim === null ? { kind: 'claim-environment' } : null;
}

/** A hold that ends by itself is tried again each time somebody looks; the runner paces tries that change nothing. */
function nextOfHeld({ hold, under }: Held, now: string): Effect {
  if (isPast(hold.until, now)) return { kind: 'expire-hold' };
  return (under.status === 'planning' ? nextOfUnplanned(under) : null) ?? { kind: 'wait', until: hold.until };
}
