import type { Section, Step } from '@backstay/document';
import type { EvidenceLine } from './evidence.ts';
import type { PreflightPhase } from './phase.ts';
import type { Notice } from './values.ts';

/** What a phase has to do now, as data. */
export type Effect =
  | { readonly kind: 'draft-plan' }
  /** `confirmed`: the lines that a person has confirmed so far; one more confirmation makes it a new effect, which is tried again. */
  | { readonly kind: 'check-blockers'; readonly confirmed: readonly number[] }
  | { readonly kind: 'claim-environment' }
  | { readonly kind: 'probe-preflight'; readonly phase: PreflightPhase }
  | { readonly kind: 'expire-preflight'; readonly missing: readonly PreflightPhase[] }
  | { readonly kind: 'expire-hold' }
  | { readonly kind: 'end-stall' }
  | { readonly kind: 'settle-environment' }
  | { readonly kind: 'capture-rollback-point' }
  /** `attempt` is the one to begin or, with `resume`, the one that is open under an older token. */
  | { readonly kind: 'perform-step'; readonly step: Step; readonly attempt: number; readonly resume: boolean }
  /** A step that only waits has waited for its `waitedMs`. */
  | { readonly kind: 'complete-wait'; readonly step: string; readonly attempt: number; readonly waitedMs: number }
  /** Ends the process of a step that must run no longer and says how it ended. */
  | { readonly kind: 'interrupt-step'; readonly step: string; readonly attempt: number }
  | {
      readonly kind: 'run-checks';
      readonly purpose: 'verification' | 'restoration';
      readonly sections: readonly Section[];
    }
  /**
   * `running-version`: nothing new can serve yet. `guard`: it can, and is judged from then on; in both only measured breaches count.
   * `window`: the watch window of the document.
   */
  | { readonly kind: 'watch'; readonly mode: 'running-version' | 'guard' | 'window' }
  | { readonly kind: 'await-quiet'; readonly step: string; readonly attempt: number }
  | { readonly kind: 'plan-rollback' }
  | { readonly kind: 'fail-rollback'; readonly reason: string }
  | { readonly kind: 'deliver-notice'; readonly notice: Notice }
  /** Evidence that lines of the document ask for and no step reads. */
  | { readonly kind: 'read-evidence'; readonly lines: readonly EvidenceLine[] }
  | { readonly kind: 'adopt-release' }
  /** Whether who holds the environment, or is first in its queue, has ended without letting go. */
  | { readonly kind: 'review-claim'; readonly deployment: string };

/** What a phase is to do about a stream. Times are ISO 8601. */
export type Next =
  /** `reviewAt`: by then the result changes by time alone, also while the effect runs. */
  | { readonly kind: 'effect'; readonly effect: Effect; readonly reviewAt?: string }
  | { readonly kind: 'wait'; readonly until: string }
  /** Another phase acts, or a person, or nobody yet: an event will wake it. */
  | { readonly kind: 'idle' }
  /** Nothing is left for this phase, ever. */
  | { readonly kind: 'complete' };

export type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

/** Names one act, so that a runner can see whether the act in flight is still the one that is wanted. */
export function effectKey(effect: Effect): string {
  switch (effect.kind) {
    case 'perform-step':
      return `perform-step ${effect.step.id} ${effect.attempt}`;
    case 'complete-wait':
    case 'interrupt-step':
    case 'await-quiet':
      return `${effect.kind} ${effect.step} ${effect.attempt}`;
    case 'check-blockers':
      return ['check-blockers', ...effect.confirmed].join(' ');
    case 'run-checks':
      return `run-checks ${effect.purpose}`;
    case 'watch':
      return `watch ${effect.mode}`;
    case 'review-claim':
      return `review-claim ${effect.deployment}`;
    case 'deliver-notice':
      return `deliver-notice ${effect.notice.notice}`;
    default:
      return effect.kind;
  }
}

export function act(effect: Effect): Next {
  return { kind: 'effect', effect };
}

export function waitUntil(until: string): Next {
  return { kind: 'wait', until };
}

/** The result, which time alone changes at that time. */
export function reviewedAt(next: Next, at: string): Next {
  switch (next.kind) {
    case 'effect':
      return { ...next, reviewAt: earlier(next.reviewAt, at) };
    case 'wait':
      return waitUntil(earlier(next.until, at));
    default:
      return waitUntil(at);
  }
}

function earlier(one: string | undefined, other: string): string {
  return one !== undefined && Date.parse(one) < Date.parse(other) ? one : other;
}
