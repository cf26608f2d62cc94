import type { HealthCheck, SmokeTest, Step } from '@backstay/document';
import type { Fact } from '@backstay/event-sourcing';
import type { ReleaseRef } from '../release.ts';
import type { RestoreOutlook } from './restores.ts';

export type TriggerKind =
  | 'manual'
  | 'step-failed'
  | 'smoke-tests'
  | 'health-checks'
  | 'limit'
  | 'degradation'
  | 'critical-flow'
  | 'no-data'
  | 'cancelled'
  | 'deadline'
  | 'alert'
  | 'rehearsal';

/** Why: which rule of the document, on which observation, by whom. */
export interface Trigger {
  readonly kind: TriggerKind;
  /** The document's own words, or the reason that a person gave. */
  readonly text: string;
  readonly line: number | null;
  readonly by: string;
}

/** The checks of the target version's own last verified plan. */
export interface RestorationChecks {
  /** The deployment whose plan they come from; null for an adopted version. */
  readonly from: string | null;
  readonly smokeTests: readonly SmokeTest[];
  readonly healthChecks: readonly HealthCheck[];
}

export type RollbackTriggered = Fact<
  'RollbackTriggered',
  { readonly trigger: Trigger; readonly reason: string; readonly fromStatus: string; readonly at: string }
>;
export type RollbackPlanned = Fact<
  'RollbackPlanned',
  {
    readonly steps: readonly Step[];
    readonly target: ReleaseRef | null;
    readonly checks: RestorationChecks;
    readonly deadline: string;
    /** The backups that are put back, with what is lost by it; absent: none. */
    readonly restores?: readonly RestoreOutlook[];
    readonly at: string;
  }
>;
export type DeploymentRolledBack = Fact<
  'DeploymentRolledBack',
  {
    readonly verified: boolean;
    readonly restored: ReleaseRef | null;
    readonly reason: string;
    /** Why it is unverified; null when it is verified. */
    readonly unverified: string | null;
    readonly measuredMs: number;
    readonly estimatedMs: number | null;
    readonly at: string;
  }
>;
export type RollbackFailed = Fact<
  'RollbackFailed',
  { readonly reason: string; readonly step: string | null; readonly deviations: readonly string[]; readonly at: string }
>;
export type DeploymentHalted = Fact<'DeploymentHalted', { readonly reason: string; readonly at: string }>;

export type RollbackEvent =
  | RollbackTriggered
  | RollbackPlanned
  | DeploymentRolledBack
  | RollbackFailed
  | DeploymentHalted;
