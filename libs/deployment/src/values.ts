import type { Latencies } from './monitoring/judgement/latencies.ts';
import type { HealthCheck, RecordedWeights, SmokeTest, Unit } from '@backstay/document';

/** What runs, ran or is to run in an environment. */
export interface ReleaseRef {
  readonly version: string;
  readonly commit: string | null;
  /** The deployer's name of the release; null where the deployer keeps none. */
  readonly release: string | null;
  /** The deployment that put it there; null when it was adopted. */
  readonly deployment: string | null;
}

/** Recorded before the first mutating step, so that a rollback never asks the changed world what it was. */
export interface RollbackPoint {
  /** null: the first deployment of this service to this environment; there is nothing to go back to. */
  readonly target: ReleaseRef | null;
  readonly configurationDigest: string | null;
  readonly schemaVersion: string | null;
  /** Step id of the backup that the target's data is in; filled by the plan's backup step. */
  readonly backupStep: string | null;
  /** Of every backend whose traffic the plan moves; absent: it moves none. */
  readonly weights?: readonly RecordedWeights[];
}

export type DeploymentKind = 'deployment' | 'rollback' | 'rehearsal';

/** Where a request came from; together with its id the identity of the deployment. */
export interface RequestOrigin {
  /** Whose subject it came on over NATS, which only that publisher's credential may use; absent: HTTP, or the subject of everybody. */
  readonly publisher?: string;
  readonly source: string;
  readonly id: string;
  /** Nobody has proven who asks: all names of the request are claims. */
  readonly claimed?: true;
  /** sha256 of the canonical request: the same identity with another body is a conflicting duplicate. */
  readonly bodyDigest: string;
}

export interface CommitInfo {
  readonly sha: string;
  readonly authors: readonly string[];
  readonly time: string;
}

/** What an earlier, succeeded deployment did: all that its rollback rests on. */
export interface Inherited {
  readonly deployment: string;
  readonly rollbackPoint: RollbackPoint;
  readonly steps: Readonly<Record<string, StepRecord>>;
}

/** One result of a preflight probe. Values of variables and secrets never appear in it. */
export interface Finding {
  readonly code: string;
  /** What was looked at: `DATABASE_URL`, `PostgreSQL 14+`, `Error rate`. */
  readonly subject: string;
  readonly ok: boolean;
  /** A finding that is not ok and blocks ends the deployment before anything is touched. */
  readonly blocking: boolean;
  readonly message: string;
  readonly line?: number;
}

/** Why a deployment waits. */
export type HoldCode =
  | 'environment-held'
  | 'blocked-by'
  | 'outside-window'
  | 'manual'
  | 'ask'
  | 'unknown-outcome'
  | 'no-data'
  /** Too little of the watch was watched. */
  | 'unwatched'
  /** A limit relative to the baseline is neither broken nor kept. */
  | 'undecided'
  /** The version that runs was degraded before anything new served. */
  | 'old-version-degraded'
  /** The platform cannot perform an effect: tried again each minute. */
  | 'platform-fault';

/** What was normal of one measure: `value` is the median of the valid samples. */
export interface NormalMeasure {
  readonly metric: string;
  readonly quantile?: number;
  readonly unit: Unit;
  readonly windowMs: number;
  readonly value: number;
  readonly mean: number;
  readonly samples: number;
  /** Requests by duration, of the calm part of the baseline; absent where none were counted. */
  readonly latencies?: Latencies;
  /** Requests that were counted, those of bursts among them. */
  readonly requests?: number;
}

/** What was normal before the deployment. */
export interface RecordedBaseline {
  readonly metrics: readonly NormalMeasure[];
  /** First and last reading; null when there was none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly overMs: number;
  /** Why there is no baseline; null if there is one. */
  readonly skipped: string | null;
  readonly at: string;
}

/** One step as its events describe it. */
export interface StepRecord {
  readonly step: string;
  readonly status: 'running' | 'succeeded' | 'failed' | 'interrupted' | 'unknown' | 'skipped' | 'retrying';
  readonly attempt: number;
  readonly token: number;
  readonly host: string;
  readonly mutates: boolean;
  /** Rises with each start; the inverse order of an undo. */
  readonly order: number;
  readonly startedAt: string;
  /** The attempt was taken up again: its first holder may have done all of it. */
  readonly resumed?: true;
  readonly retryAt: string | null;
  readonly result: Readonly<Record<string, unknown>>;
}

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
  /**
   * The version that the service said it is, whichever was expected; of a silent one, that of the release from which its process runs.
   * Absent: it was not asked, or did not say, and no deployer knows.
   */
  readonly served?: string;
}

export interface Notice {
  /** Step or event kind with the channel: the key of at most one delivery. */
  readonly notice: string;
  readonly channel: string;
  readonly about: string;
  /** The latest sending that was begun, counted from 1, and the token under which it was. Absent: none was. */
  readonly sending?: { readonly attempt: number; readonly token: number };
}

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

/** Why a rollback begins: which rule of the document, on which observation, by whom. */
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

/** A backup that a rollback puts back, as it stands at a moment. */
export interface RestoreOutlook {
  /** Id of the step that restores, such as `rollback.3`. */
  readonly step: string;
  /** Id of the step that made the backup. */
  readonly backup: string;
  /** When the backup was begun, ISO 8601: later writes are not in it. */
  readonly takenAt: string;
  /** How long ago that is: the writes of this time would be lost. */
  readonly dataLossMs: number;
  /** What the document or the profile accepts; null: nothing. */
  readonly acceptedMs: number | null;
  /** URLs of the databases that are put back, as the plan writes them. Absent: all of the backup. */
  readonly databases?: readonly string[];
}

/** A backup that a rollback leaves where it is, since nothing that is recorded changed its databases. */
export interface NotRestored {
  /** Id of the step that would restore it, such as `rollback.3`; it is skipped unless it restores others of the backup. */
  readonly step: string;
  /** Id of the step that made the backup. */
  readonly backup: string;
  /** URLs of the databases that stay as they are, as the plan writes them. Absent: all of the backup. */
  readonly databases?: readonly string[];
  readonly reason: string;
}

/** Requests of smoke tests that ran as traffic, and how many of these tests failed. */
export interface SyntheticTraffic {
  readonly requests: number;
  readonly failed: number;
}
