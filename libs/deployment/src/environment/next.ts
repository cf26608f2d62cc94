import { after, isPast } from '../decision.ts';
import { act, waitUntil, type Next } from '../effect.ts';
import type { Phase } from '../phase.ts';
import type { EnvironmentState } from './state.ts';

/** A deployment that has been active for this long is reviewed: it may have ended without releasing the environment. */
const reviewAfterMs = 15 * 60_000;

/** Verification adopts what was asked for, planning reviews old claims. An environment never ends, so it is never complete. */
export function nextOfEnvironment(phase: Phase, state: EnvironmentState, now: string): Next {
  if (phase === 'verification' && state.adoption !== null) return act({ kind: 'adopt-release' });
  return (phase === 'planning' ? nextReview(state, now) : null) ?? { kind: 'idle' };
}

function nextReview({ holder, queue, activeSince }: EnvironmentState, now: string): Next | null {
  const deployment = holder ?? queue[0];
  if (deployment === undefined || activeSince === null) return null;
  const at = after(activeSince, reviewAfterMs);
  return isPast(at, now) ? act({ kind: 'review-claim', deployment }) : waitUntil(at);
}
