import type { DomainEvent } from '@backstay/event-sourcing';
import type { Plan, Problem } from '@backstay/document';
import type { PreflightPhase } from '../phase.ts';
import type { DeployRequest } from '../request.ts';
import type { CommitInfo, DeploymentKind, Finding, HoldCode, Inherited, ReleaseRef, RequestOrigin } from '../values.ts';

export type DeploymentRequested = DomainEvent<
  'DeploymentRequested',
  {
    readonly id: string;
    readonly kind: DeploymentKind;
    readonly origin: RequestOrigin;
    readonly request: DeployRequest;
    /** For kind `rollback`: the succeeded deployment that is taken back. */
    readonly of: string | null;
    /** It is no valid request, and is rejected in the same append. */
    readonly invalid?: true;
    readonly at: string;
  }
>;
export type DeploymentRejected = DomainEvent<
  'DeploymentRejected',
  { readonly because: 'document' | 'preflight' | 'request'; readonly problems: readonly Problem[]; readonly at: string }
>;
export type PlanDrafted = DomainEvent<
  'PlanDrafted',
  {
    readonly plan: Plan;
    readonly digest: string;
    readonly commit: CommitInfo | null;
    readonly warnings: readonly Problem[];
    readonly inherited: Inherited | null;
  }
>;
export type BlockersCleared = DomainEvent<
  'BlockersCleared',
  { readonly satisfied: readonly { readonly text: string; readonly by: string }[] }
>;
export type PreflightRequested = DomainEvent<
  'PreflightRequested',
  {
    readonly phases: readonly PreflightPhase[];
    /** The claim on the environment that this deployment holds from here to its end. */
    readonly claim: { readonly stream: string; readonly version: number };
    readonly running: ReleaseRef | null;
    readonly verifiedGood: ReleaseRef | null;
    /** Releases that stay laid out, however old they are. Absent: not known. */
    readonly kept?: readonly string[];
    /** The quarantined ones among the version to deploy and the versions to which it may roll back. Earlier events name all quarantined versions. */
    readonly quarantined: readonly string[];
    /** The deployment after which nobody knows what runs. */
    readonly uncertain?: string;
    readonly at: string;
  }
>;
export type PreflightReported = DomainEvent<
  'PreflightReported',
  { readonly phase: PreflightPhase; readonly findings: readonly Finding[] }
>;
/** A person let the deployment go on in spite of a finding that blocks, as the profile allows. */
export type FindingOverridden = DomainEvent<
  'FindingOverridden',
  {
    readonly code: string;
    readonly subject: string;
    readonly message: string;
    readonly reason: string;
    readonly by: string;
  }
>;
export type DeploymentPlanned = DomainEvent<
  'DeploymentPlanned',
  {
    readonly digest: string;
    readonly service: string;
    readonly version: string;
    readonly environment: string;
    readonly previous: ReleaseRef | null;
    readonly at: string;
  }
>;
export type DeploymentHeld = DomainEvent<
  'DeploymentHeld',
  {
    readonly code: HoldCode;
    readonly why: string;
    /** The duty that may end the hold; null: it ends by itself when its reason is gone. */
    readonly duty: string | null;
    readonly step: string | null;
    /** The deployment that holds the environment, or that blocks this one. */
    readonly winner: string | null;
    readonly until: string;
    readonly at: string;
  }
>;
export type DeploymentReleased = DomainEvent<'DeploymentReleased', { readonly why: string; readonly at: string }>;
export type DeploymentSucceeded = DomainEvent<
  'DeploymentSucceeded',
  { readonly release: ReleaseRef; readonly at: string }
>;
export type DeploymentFailed = DomainEvent<'DeploymentFailed', { readonly reason: string; readonly at: string }>;
export type DeploymentCancelled = DomainEvent<'DeploymentCancelled', { readonly reason: string; readonly at: string }>;
export type DeploymentSuperseded = DomainEvent<
  'DeploymentSuperseded',
  { readonly by: string; readonly reason: string; readonly at: string }
>;
export type DeploymentAbandoned = DomainEvent<
  'DeploymentAbandoned',
  { readonly reason: string; readonly possiblyLive: readonly string[]; readonly at: string }
>;
/** The environment's stream has recorded this deployment's end. */
export type EnvironmentReleased = DomainEvent<
  'EnvironmentReleased',
  { readonly stream: string; readonly version: number }
>;
export type CriterionConfirmed = DomainEvent<
  'CriterionConfirmed',
  { readonly line: number; readonly text: string; readonly by: string; readonly reason: string; readonly at: string }
>;

/** A recorded event as it is named where it is revoked; `digest` is its hash in the chain, which covers all of it. */
export interface EvidenceRef {
  readonly eventId: string;
  readonly eventType: string;
  readonly digest: string;
  /** The line of the document that the event speaks for, where it speaks for one alone. */
  readonly line: number | null;
}
/** The event no longer counts as evidence: every verdict that rests on it is computed without it. */
export type EvidenceRevoked = DomainEvent<
  'EvidenceRevoked',
  { readonly evidence: EvidenceRef; readonly by: string; readonly reason: string; readonly at: string }
>;

export type PlanningEvent =
  | DeploymentRequested
  | DeploymentRejected
  | PlanDrafted
  | BlockersCleared
  | PreflightRequested
  | PreflightReported
  | FindingOverridden
  | DeploymentPlanned
  | DeploymentHeld
  | DeploymentReleased
  | DeploymentSucceeded
  | DeploymentFailed
  | DeploymentCancelled
  | DeploymentSuperseded
  | DeploymentAbandoned
  | EnvironmentReleased
  | CriterionConfirmed
  | EvidenceRevoked;
