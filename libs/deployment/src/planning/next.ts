import { after, isPast } from '../decision.ts';
import { act, reviewedAt, waitUntil, type Next } from '../effect.ts';
import { openStep } from '../steps.ts';
import { preflightPhases } from '../phase.ts';
import {
  isEnded,
  isRunning,
  type DeploymentState,
  type Drafted,
  type Ended,
  type Held,
  type Planning,
} from '../state.ts';
import { nothingNow } from '../due.ts';
import { overdueAt } from './stall.ts';

export function nextOfPlanning(state: DeploymentState, now: string): Next {
  if (state.status === 'held') return nextOfHeld(state, now);
  if (isRunning(state)) return endStall(overdueAt(state), now);
  if (state.status === 'planning') return nextOfUnplanned(state, now);
  return isEnded(state) && state.unsettled !== null ? nextOfUnsettled(state) : nothingNow(state);
}

/** The environment is not released while a step may still act in it. */
function nextOfUnsettled(state: Ended): Next {
  return openStep(state) === undefined ? act({ kind: 'settle-environment' }) : { kind: 'idle' };
}

/** Planning performs no step of a planned deployment; it watches the deadlines of the phase that does. */
function endStall(until: string, now: string): Next {
  return isPast(until, now) ? act({ kind: 'end-stall' }) : waitUntil(until);
}

function nextOfUnplanned(state: Planning, now: string): Next {
  const { drafted, cleared, claim, confirmed } = state;
  if (drafted === null) return act({ kind: 'draft-plan' });
  if (!cleared) return act({ kind: 'check-blockers', confirmed: Object.keys(confirmed).map(Number) });
  return claim === null ? act({ kind: 'claim-environment' }) : awaitReports(state, drafted, now);
}

/** Beyond the baseline, which is measured meanwhile. */
const preflightMs = 600_000;
/** A rollback waits only a short time for preflight reports. */
const preflightBackMs = 30_000;

/** A deployment that waits for a service that never reports does not hold its environment for ever. */
function awaitReports({ kind, askedAt, requestedAt, reports }: Planning, { plan }: Drafted, now: string): Next {
  const patienceMs = kind === 'rollback' ? preflightBackMs : preflightMs + plan.monitoring.baselineMs;
  const until = after(askedAt ?? requestedAt, patienceMs);
  if (!isPast(until, now)) return waitUntil(until);
  return act({ kind: 'expire-preflight', missing: preflightPhases.filter((phase) => reports[phase] === undefined) });
}

/** A hold that ends by itself is tried at each run; the phase worker delays tries that change nothing. */
function nextOfHeld({ hold, under }: Held, now: string): Next {
  if (isPast(hold.until, now)) return act({ kind: 'expire-hold' });
  if (hold.code === 'platform-fault') return waitUntil(hold.until);
  return under.status === 'planning' ? reviewedAt(nextOfUnplanned(under, now), hold.until) : waitUntil(hold.until);
}
