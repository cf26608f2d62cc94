import type { DomainEvent } from '@backstay/event-sourcing';
import type { CheckPurpose, CheckResult } from '../values.ts';

interface Checked extends CheckResult {
  readonly purpose: CheckPurpose;
}

export type ChecksStarted = DomainEvent<
  'ChecksStarted',
  { readonly purpose: CheckPurpose; readonly token: number; readonly host: string; readonly at: string }
>;
export type SmokeTestPassed = DomainEvent<'SmokeTestPassed', Checked>;
export type SmokeTestFailed = DomainEvent<'SmokeTestFailed', Checked>;
export type HealthCheckPassed = DomainEvent<'HealthCheckPassed', Checked>;
export type HealthCheckFailed = DomainEvent<'HealthCheckFailed', Checked>;
export type VerificationPassed = DomainEvent<
  'VerificationPassed',
  { readonly smokeTests: number; readonly healthChecks: number; readonly at: string }
>;
export type VerificationFailed = DomainEvent<
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
