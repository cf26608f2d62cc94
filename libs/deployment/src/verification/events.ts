import type { Fact } from '@backstay/event-sourcing';
import type { CheckPurpose, CheckResult } from '../values.ts';

interface Checked extends CheckResult {
  readonly purpose: CheckPurpose;
}

export type ChecksStarted = Fact<
  'ChecksStarted',
  { readonly purpose: CheckPurpose; readonly token: number; readonly host: string; readonly at: string }
>;
export type SmokeTestPassed = Fact<'SmokeTestPassed', Checked>;
export type SmokeTestFailed = Fact<'SmokeTestFailed', Checked>;
export type HealthCheckPassed = Fact<'HealthCheckPassed', Checked>;
export type HealthCheckFailed = Fact<'HealthCheckFailed', Checked>;
export type VerificationPassed = Fact<
  'VerificationPassed',
  { readonly smokeTests: number; readonly healthChecks: number; readonly at: string }
>;
export type VerificationFailed = Fact<
  'VerificationFailed',
  { readonly reason: string; readonly failed: readonly string[]; readonly at: string }
>;

export type VerificationEvent =
  | ChecksStarted
  | SmokeTestPassed
  | SmokeTestFailed
  | HealthCheckPassed
  | HealthCheckFailed
  | VerificationPassed
  | VerificationFailed;
