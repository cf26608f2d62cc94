/** What the platform answers, as far as this command reads it; more fields may come at any time. */

export type DeploymentStatus =
  | 'planning'
  | 'held'
  | 'executing'
  | 'verifying'
  | 'monitoring'
  | 'rolling-back'
  | 'succeeded'
  | 'failed'
  | 'rolled-back-verified'
  | 'rolled-back-unverified'
  | 'rollback-failed'
  | 'halted'
  | 'cancelled'
  | 'superseded'
  | 'rejected'
  | 'abandoned';

export interface Summary {
  readonly id: string;
  /** Absent or null while the document is not read yet. */
  readonly service?: string | null;
  readonly version?: string | null;
  readonly previousVersion?: string | null;
  readonly environment?: string | null;
  readonly kind: 'deployment' | 'rollback' | 'rehearsal';
  /** Of a rollback: the deployment that it takes back. */
  readonly of?: string | null;
  /** The deployment of kind `rollback` that took this one back. */
  readonly rolledBackBy?: string | null;
  /** Of one that was rejected. */
  readonly problemCount?: number | null;
  readonly status: DeploymentStatus;
  readonly held?: Held | null;
  readonly phase: string;
  readonly streamVersion: number;
  readonly statusVersion: number;
  readonly requestedAt: string;
  readonly finishedAt?: string | null;
  readonly requestedBy?: string | null;
  readonly planDigest?: string | null;
  readonly steps: { readonly done: number; readonly total: number };
  readonly reason?: string | null;
  readonly overrides?: readonly Override[] | null;
  /** The state in words. */
  readonly sentence?: string;
  readonly restores?: readonly Restore[] | null;
  readonly rollback?: {
    readonly trigger: string;
    readonly measuredMs: number | null;
    readonly estimatedMs: number | null;
  } | null;
}

/** What a deployment waits for. */
export interface Held {
  readonly why: string;
  /** Who may end it; null: it ends by itself. */
  readonly duty?: string | null;
  readonly until?: string;
  /** The commands that end it, each as it is typed. */
  readonly ends?: readonly string[];
}

/** A backup that a rollback puts back. */
export interface Restore {
  readonly backup: string;
  readonly takenAt: string;
  /** As it was planned, and as it came to be once it is restored. */
  readonly dataLossMs: number;
  /** Null: nothing is accepted. */
  readonly acceptedMs: number | null;
  readonly restored: boolean;
  /** The first of them. */
  readonly dropped: readonly string[];
  readonly droppedCount: number;
}

/** A finding of the preflight that was let pass, with who asked and why. */
export interface Override {
  readonly eventId: string;
  readonly code: string;
  readonly subject: string;
  readonly message: string;
  readonly reason: string;
  readonly by: string;
}

/** The document beside what became of its lines. */
export type { DocumentView } from '@backstay/projections';

export interface AuditEntry {
  readonly eventId: string;
  readonly version: number;
  readonly time: string;
  readonly type: string;
  readonly actor: { readonly kind: string; readonly name: string; readonly claimed?: boolean };
  /** Who it was, in words. */
  readonly by: string;
  readonly summary: string;
  readonly causationId: string | null;
  readonly correlationId: string | null;
  readonly hash: string;
  /** The domain event's own data. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditTrail {
  readonly entries: readonly AuditEntry[];
  /** Whether the chain of hashes holds over the whole stream, also where only an earlier moment is looked at. */
  readonly intact: boolean;
  readonly firstBroken: { readonly version: number; readonly eventId: string } | null;
}

export interface Criterion {
  readonly text: string;
  readonly line: number;
  readonly verdict: 'met' | 'unmet' | 'waiting' | 'unknown';
  readonly reason: string;
  readonly evidence: readonly { readonly eventId: string; readonly summary: string }[];
}

export interface Why {
  readonly status: string;
  readonly sentence: string;
  readonly chain: readonly ChainLink[];
}

export interface ChainLink {
  readonly eventId: string;
  readonly type: string;
  readonly time: string;
  readonly summary: string;
  readonly because: string | null;
  /** Of a rejection. */
  readonly problems?: readonly RejectedFor[];
  /** Of a failed step of which output is recorded: its id. */
  readonly output?: string;
}

export interface Sample {
  readonly time: string;
  readonly value: number | null;
  readonly verdict: string;
  readonly latencyMs?: number;
}

export interface Threshold {
  readonly operator?: string;
  readonly value: number;
  readonly unit?: string;
  readonly forMs?: number;
}

export interface MetricSeries {
  readonly metric: string;
  readonly quantile?: number | null;
  readonly unit?: string;
  readonly threshold?: number | Threshold | null;
  readonly baseline?: unknown;
  readonly samples: readonly Sample[];
}

/** `override`: what would let the next request pass in spite of it. */
export interface RejectedFor extends Problem {
  readonly override?: string;
}

export interface Problem {
  readonly file?: string;
  /** `request`: no line of the document is wrong. */
  readonly of?: 'request';
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly suggestion?: string;
}

export interface ReleaseRef {
  readonly version: string;
  readonly commit?: string | null;
  readonly deployment?: string | null;
}

/** One service in one environment. */
export interface EnvironmentView {
  readonly service: string;
  readonly environment: string;
  readonly running: ReleaseRef | null;
  readonly verifiedGood: ReleaseRef | null;
  readonly holder?: string | null;
  /** Set where a deployment ended half way, after which nobody knows what runs. */
  readonly unknown?: { readonly deployment: string } | null;
  /** The deployment whose rollback put back what runs and could not verify it. */
  readonly unverified?: string | null;
  /** All of it in words. */
  readonly sentence: string;
  readonly adoption: {
    /** Asked for and not decided yet. */
    readonly pending: { readonly version: string } | null;
    /** Until one succeeds. */
    readonly refused: { readonly version: string; readonly reasons: readonly string[]; readonly at: string } | null;
  };
}
