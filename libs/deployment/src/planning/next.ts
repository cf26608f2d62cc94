import { after, isPast } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { openStep } from '../journal.ts';
import { preflightPhases } from '../phase.ts';
import { isEnded, isRunning, type DeploymentState, type Drafted, type Held, type Planning } from '../state.ts';
import { overdueAt } from './standstill.ts';

export function nextOfPlanning(state: DeploymentState, now: string): Effect | null {
  if (state.status === 'held') return nextOfHeld(state, now);
  if (isEnded(state))
    return state.unsettled !== null && openStep(state) === undefined ? { kind: 'settle-environment' } : null;
  if (isRunning(state)) return endStandstill(overdueAt(state), now);
  return state.status === 'planning' ? nextOfUnplanned(state, now) : null;
}

/** Planning performs nothing of a planned deployment; it sees to it that somebody does. */
function endStandstill(until: string, now: string): Effect {
  return isPast(until, now) ? { kind: 'end-standstill' } : { kind: 'wait', until };
}

function nextOfUnplanned(state: Planning, now: string): Effect {
  const { drafted, cleared, claim } = state;
  if (drafted === null) return { kind: 'draft-plan' };
  if (!cleared) return { kind: 'check-blockers' };
  return claim === null ? { kind: 'claim-environment' } : awaitReports(state, drafted, now);
}

/** Beyond the baseline, which is measured meanwhile. */
const preflightMs = 600_000;
/** Who takes a deployment back does not wait long for advice. */
const preflightBackMs = 30_000;

/** An environment is not held for ever by who waits for a service that never reports. */
function awaitReports({ kind, askedAt, requestedAt, reports }: Planning, { plan }: Drafted, now: string): Effect {
  const patienceMs = kind === 'rollback' ? preflightBackMs : preflightMs + plan.monitoring.baselineMs;
  const until = after(askedAt ?? requestedAt, patienceMs);
  if (!isPast(until, now)) return { kind: 'wait', until };
  return { kind: 'expire-preflight', missing: preflightPhases.filter((phase) => reports[phase] === undefined) };
}

/** A hold that ends by itself is tried again each time somebody looks; the runner paces tries that change nothing. */
function nextOfHeld({ hold, under }: Held, now: string): Effect {
  if (isPast(hold.until, now)) return { kind: 'expire-hold' };
  return (under.status === 'planning' ? nextOfUnplanned(under, now) : null) ?? { kind: 'wait', until: hold.until };
}
