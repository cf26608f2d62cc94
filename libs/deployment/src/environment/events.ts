import type { DomainEvent } from '@backstay/event-sourcing';
import type { CheckResult, ReleaseRef } from '../values.ts';

/** A version that was rolled back. */
export interface QuarantinedVersion {
  readonly version: string;
  readonly why: string;
}

export type EnvironmentClaimed = DomainEvent<
  'EnvironmentClaimed',
  { readonly deployment: string; readonly at: string }
>;
export type EnvironmentClaimQueued = DomainEvent<
  'EnvironmentClaimQueued',
  {
    readonly deployment: string;
    readonly behind: string;
    /** It waits for the holder alone: it is before everybody else who waits. */
    readonly ahead?: true;
    /** Where its request stands in the order of all events, as text that sorts as they do. Absent: not known. */
    readonly position?: string;
    /** The first of those who wait and were requested later; absent: it is the last of the queue. */
    readonly before?: string;
    readonly at: string;
  }
>;
export type EnvironmentClaimWithdrawn = DomainEvent<
  'EnvironmentClaimWithdrawn',
  {
    readonly deployment: string;
    /** It only leaves the queue for a while; else it has ended and never claims again. */
    readonly mayReturn?: true;
    readonly at: string;
  }
>;
export type EnvironmentSettled = DomainEvent<
  'EnvironmentSettled',
  {
    readonly deployment: string;
    readonly outcome: string;
    readonly running: ReleaseRef | null;
    readonly verifiedGood: ReleaseRef | null;
    readonly quarantined: QuarantinedVersion | null;
    /** Whether a step that changes something was begun; absent: it may have been. */
    readonly changed?: boolean;
    /** It ended with its name and nobody knows what runs. */
    readonly isRunningUnknown?: true;
    readonly at: string;
  }
>;
export type AdoptionRequested = DomainEvent<
  'AdoptionRequested',
  { readonly version: string; readonly by: string; readonly reason: string; readonly at: string }
>;
export type EnvironmentAdopted = DomainEvent<
  'EnvironmentAdopted',
  { readonly running: ReleaseRef; readonly checks: readonly CheckResult[]; readonly at: string }
>;
export type AdoptionRefused = DomainEvent<
  'AdoptionRefused',
  {
    readonly version: string;
    readonly reasons: readonly string[];
    readonly checks: readonly CheckResult[];
    readonly at: string;
  }
>;
export type QuarantineLifted = DomainEvent<
  'QuarantineLifted',
  { readonly version: string; readonly by: string; readonly reason: string; readonly at: string }
>;

export type EnvironmentEvent =
  | EnvironmentClaimed
  | EnvironmentClaimQueued
  | EnvironmentClaimWithdrawn
  | EnvironmentSettled
  | AdoptionRequested
  | EnvironmentAdopted
  | AdoptionRefused
  | QuarantineLifted;
