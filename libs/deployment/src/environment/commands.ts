import type { CheckResult, ReleaseRef } from '../values.ts';
import type { EnvironmentSettled } from './events.ts';
import type { EnvironmentState } from './state.ts';

interface At {
  readonly at: string;
}
export type ClaimEnvironment = At & {
  readonly type: 'ClaimEnvironment';
  readonly deployment: string;
  /** It waits for the holder alone, as a rollback does. */
  readonly ahead?: true;
  /** Where its request stands in the order of all events, as text that sorts as they do; absent: it is the latest. */
  readonly position?: string;
  /** Where the requests of those who wait stand now. It counts for more than what is recorded, which a restore outdates. */
  readonly positions?: EnvironmentState['positions'];
};
export type WithdrawClaim = At & {
  readonly type: 'WithdrawClaim';
  readonly deployment: string;
  readonly mayReturn?: true;
};
export type SettleEnvironment = { readonly type: 'SettleEnvironment' } & EnvironmentSettled['data'];
export type RequestAdoption = At & {
  readonly type: 'RequestAdoption';
  readonly version: string;
  readonly by: string;
  readonly reason: string;
};
export type CompleteAdoption = At & {
  readonly type: 'CompleteAdoption';
  readonly version: string;
  readonly running: ReleaseRef | null;
  readonly checks: readonly CheckResult[];
  readonly reasons: readonly string[];
};
export type LiftQuarantine = At & {
  readonly type: 'LiftQuarantine';
  readonly version: string;
  readonly by: string;
  readonly reason: string;
};

export type EnvironmentCommand =
  | ClaimEnvironment
  | WithdrawClaim
  | SettleEnvironment
  | RequestAdoption
  | CompleteAdoption
  | LiftQuarantine;
