import { isPast } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { openStep } from '../journal.ts';
import { isEnded, underlying, type DeploymentState, type Held } from '../state.ts';

export function nextOfPlanning(state: DeploymentState, now: string): Effect | null {
  if (state.status === 'held') return nextOfHeld(state, now);
  const whole = underlying(state);
  if (isEnded(whole)) return whole.unsettled !== null && openStep(whole) === undefined ? { kind: 'settle-environment' } : null;
  if (whole.status !== 'planning') return null;
  if (whole.drafted === null) return { kind: 'draft-plan' };
  if (!whole.cleared) return { kind: 'check-blockers' };
  return whole.claim === null ? { kind: 'claim-environment' } : null;
}

/** A hold that ends by itself is tried again each time somebody looks; the runner paces tries that change nothing. */
function nextOfHeld({ hold, under }: Held, now: string): Effect {
  if (isPast(hold.until, now)) return { kind: 'expire-hold' };
  if (under.status !== 'planning') return { kind: 'wait', until: hold.until };
  return under.cleared ? { kind: 'claim-environment' } : { kind: 'check-blockers' };
}
