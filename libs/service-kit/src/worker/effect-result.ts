import { Rejection } from '@backstay/event-sourcing';
import { isTransient } from '@backstay/postgres';
import { Detached, type LookAgain } from './effect-handler.ts';

/**
 * What became of one act.
 * - `outcome`: it happened, or the thing itself failed; recorded as events.
 * - `unknown`: it began and nobody knows its end; recorded as well, then probed, then a person decides.
 * - `unchanged`: there was nothing to record; look again later.
 * - `rejection`: the aggregate refused it because another was faster. No fault, no delay.
 * - `fault`: the platform could not. Never an outcome and never the trigger of a rollback; retried, and visible.
 * - `detached`: this process had to let go of it; another one takes it up.
 */
export type EffectResult =
  | { readonly kind: 'outcome' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unchanged'; readonly again: LookAgain | null }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  | { readonly kind: 'fault'; readonly error: unknown; readonly scope: FaultScope }
  | { readonly kind: 'detached' };

/** `platform`: what every effect lacks, counted against nobody. `effect`: this effect alone, counted against it. */
export type FaultScope = 'platform' | 'effect';

/** The result for an error that an effect threw. */
export function resultOf(error: unknown): Extract<EffectResult, { kind: 'rejection' | 'fault' | 'detached' }> {
  if (error instanceof Rejection) return { kind: 'rejection', rejection: error };
  if (error instanceof Detached) return { kind: 'detached' };
  return { kind: 'fault', error, scope: isLackedByAll(error) ? 'platform' : 'effect' };
}

// No space, no quota, no memory, no descriptors, a disk that fails or was made read-only.
const lacking = new Set(['ENOSPC', 'EDQUOT', 'ENOMEM', 'EMFILE', 'ENFILE', 'EIO', 'EROFS', 'EAGAIN', 'EAI_AGAIN']);

function isLackedByAll(error: unknown): boolean {
  const { code, syscall, cause } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly syscall?: unknown;
    readonly cause?: unknown;
  };
  // A missing socket is a server that is away; a missing file is what this effect lacks.
  const isMissingFile = code === 'ENOENT' && syscall !== 'connect';
  if (!isMissingFile && isTransient(error)) return true;
  return (typeof code === 'string' && lacking.has(code)) || (cause !== undefined && isLackedByAll(cause));
}

/** Faults of one effect after which it is only tried once a minute. */
export const mostFaults = 5;
/** Holders that were lost soon after they had taken up the work, after which it is only tried once a minute. */
export const mostDeaths = 2;
export const heldRetryMs = 60_000;

const firstDelayMs = 500;
/** Between two tries of what met a fault. */
export const longestDelayMs = 30_000;

/** Milliseconds before the next try, after so many faults in a row. */
export function retryDelayMs(faults: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(faults, 10));
}
