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
  readonly at: string;
};
export type FailRollback = { readonly type: 'FailRollback'; readonly reason: string; readonly at: string };

export type RollbackCommand = TriggerRollback | PlanRollback | FailRollback;
