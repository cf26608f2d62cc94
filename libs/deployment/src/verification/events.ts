import type { Fact } from '@backstay/event-sourcing';

/** `verification`: of the new version; `restoration`: of what a rollback restored; `watch`: critical flows re-run while watching. */
export type CheckPurpose = 'verification' | 'restoration' | 'watch';

/** One smoke test or health check as it was observed. Captured values and response bodies never appear. */
export interface CheckResult {
  readonly kind: 'smoke-test' | 'health-check';
  readonly title: string;
  readonly passed: boolean;
  readonly line: number | null;
  readonly attempts: number;
  /** Status, latency, versions: what a reader needs to believe it. */
  readonly observed: Readonly<Record<string, unknown>>;
  readonly reason?: string;
}

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
