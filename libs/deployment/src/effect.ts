import type { Section, Step } from '@backstay/document';
import type { EvidenceLine } from './execution/evidence.ts';
import type { PreflightPhase } from './phase.ts';
import type { Notice } from './state.ts';

/** What is to be done now, as data. `wait` names the moment at which to look again. */
export type Effect =
  | { readonly kind: 'draft-plan' }
  | { readonly kind: 'check-blockers' }
  | { readonly kind: 'claim-environment' }
  | { readonly kind: 'probe-preflight'; readonly phase: PreflightPhase }
  | { readonly kind: 'expire-preflight'; readonly missing: readonly PreflightPhase[] }
  | { readonly kind: 'expire-hold' }
  | { readonly kind: 'end-standstill' }
  | { readonly kind: 'settle-environment' }
  | { readonly kind: 'capture-rollback-point' }
  /** `attempt` is the one to begin or, when `resume`, the one that stands open under an older token. */
  | { readonly kind: 'perform-step'; readonly step: Step; readonly attempt: number; readonly resume: boolean }
  /** Ends the process of a step that must run no longer and says how it ended. */
  | { readonly kind: 'interrupt-step'; readonly step: string; readonly attempt: number }
  | {
      readonly kind: 'run-checks';
      readonly purpose: 'verification' | 'restoration';
      readonly sections: readonly Section[];
    }
  /** `guard`: only measured breaches count. `window`: the watch window of the document. */
  | { readonly kind: 'watch'; readonly mode: 'guard' | 'window' }
  | { readonly kind: 'await-quiet'; readonly step: string; readonly attempt: number }
  | { readonly kind: 'plan-rollback' }
  | { readonly kind: 'fail-rollback'; readonly reason: string }
  | { readonly kind: 'deliver-notice'; readonly notice: Notice }
  /** Evidence that lines of the document ask for and no step reads. */
  | { readonly kind: 'read-evidence'; readonly lines: readonly EvidenceLine[] }
  | { readonly kind: 'adopt-release' }
  | { readonly kind: 'wait'; readonly until: string };

export type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

/** Names one act, so that a runner can see whether the act in flight is still the one that is wanted. */
export function effectKey(effect: Effect): string {
  switch (effect.kind) {
    case 'perform-step':
      return `perform-step ${effect.step.id} ${effect.attempt}`;
    case 'interrupt-step':
    case 'await-quiet':
      return `${effect.kind} ${effect.step} ${effect.attempt}`;
    case 'run-checks':
      return `run-checks ${effect.purpose}`;
    case 'watch':
      return `watch ${effect.mode}`;
    case 'deliver-notice':
      return `deliver-notice ${effect.notice.notice}`;
    default:
      return effect.kind;
  }
}
