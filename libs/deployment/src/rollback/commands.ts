import type { DatabaseIdentities } from '../database-identity.ts';
import type { ReleaseRef, RestorationChecks, Trigger } from '../values.ts';

export type TriggerRollback = {
  readonly type: 'TriggerRollback';
  readonly trigger: Trigger;
  readonly reason: string;
  readonly at: string;
};
export type PlanRollback = {
  readonly type: 'PlanRollback';
  readonly token: number;
  readonly target: ReleaseRef | null;
  readonly checks: RestorationChecks;
  /** Where the URLs of databases lead, as far as who plans can say. */
  readonly databases?: DatabaseIdentities;
  readonly at: string;
};
export type FailRollback = { readonly type: 'FailRollback'; readonly reason: string; readonly at: string };

export type RollbackCommand = TriggerRollback | PlanRollback | FailRollback;
