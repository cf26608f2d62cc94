import type { CheckPurpose, CheckResult } from '../values.ts';

export type BeginChecks = {
  readonly type: 'BeginChecks';
  readonly purpose: CheckPurpose;
  readonly token: number;
  readonly host: string;
  readonly at: string;
};
/** The closing round's results; an empty list is not a pass. */
export type RecordChecks = {
  readonly type: 'RecordChecks';
  readonly purpose: Exclude<CheckPurpose, 'watch'>;
  readonly token: number;
  readonly results: readonly CheckResult[];
  readonly at: string;
};

export type VerificationCommand = BeginChecks | RecordChecks;
