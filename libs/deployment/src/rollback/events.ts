import type { Step } from '@backstay/document';
import type { DomainEvent } from '@backstay/event-sourcing';
import type { NotRestored, ReleaseRef, RestorationChecks, RestoreOutlook, Trigger } from '../values.ts';

export type RollbackTriggered = DomainEvent<
  'RollbackTriggered',
  { readonly trigger: Trigger; readonly reason: string; readonly fromStatus: string; readonly at: string }
>;
export type RollbackPlanned = DomainEvent<
  'RollbackPlanned',
  {
    readonly steps: readonly Step[];
    readonly target: ReleaseRef | null;
    readonly checks: RestorationChecks;
    readonly deadline: string;
    /** The backups that are put back, with what is lost by it; absent: none. */
    readonly restores?: readonly RestoreOutlook[];
    /** The backups that stay where they are, and why; absent: none. */
    readonly notRestored?: readonly NotRestored[];
    readonly at: string;
  }
>;
export type DeploymentRolledBack = DomainEvent<
  'DeploymentRolledBack',
  {
    readonly verified: boolean;
    readonly restored: ReleaseRef | null;
    readonly reason: string;
    /** Why it is unverified; null when it is verified. */
    readonly unverified: string | null;
    /** What runs, as far as it was looked at; null: nobody knows. Absent: what was restored. */
    readonly running?: ReleaseRef | null;
    readonly measuredMs: number;
    readonly estimatedMs: number | null;
    readonly at: string;
  }
>;
export type RollbackFailed = DomainEvent<
  'RollbackFailed',
  { readonly reason: string; readonly step: string | null; readonly deviations: readonly string[]; readonly at: string }
>;
export type DeploymentHalted = DomainEvent<'DeploymentHalted', { readonly reason: string; readonly at: string }>;

export type RollbackEvent =
  | RollbackTriggered
  | RollbackPlanned
  | DeploymentRolledBack
  | RollbackFailed
  | DeploymentHalted;
