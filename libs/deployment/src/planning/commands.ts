import type { Plan, Problem } from '@backstay/document';
import type { PreflightPhase } from '../phase.ts';
import type { DeployRequest } from '../request.ts';
import type {
  CommitInfo,
  DeploymentKind,
  Finding,
  Inherited,
  RecordedBaseline,
  ReleaseRef,
  RequestOrigin,
} from '../values.ts';
import type { DeploymentHeld, DeploymentRejected, EvidenceRef } from './events.ts';

interface At {
  /** ISO 8601, from the caller's clock. */
  readonly at: string;
}

export type RequestDeployment = At & {
  readonly type: 'RequestDeployment';
  readonly id: string;
  readonly kind: DeploymentKind;
  readonly origin: RequestOrigin;
  readonly request: DeployRequest;
  readonly of: string | null;
  /** What makes it no valid request: it is recorded together with its rejection. */
  readonly problems?: readonly Problem[];
};
export type RejectDeployment = At & {
  readonly type: 'RejectDeployment';
  readonly because: DeploymentRejected['data']['because'];
  readonly problems: readonly Problem[];
};
export type DraftPlan = {
  readonly type: 'DraftPlan';
  readonly plan: Plan;
  readonly digest: string;
  readonly commit: CommitInfo | null;
  readonly warnings: readonly Problem[];
  readonly inherited: Inherited | null;
};
export type ClearBlockers = At & {
  readonly type: 'ClearBlockers';
  readonly satisfied: readonly { readonly text: string; readonly by: string }[];
};
export type RequestPreflight = At & {
  readonly type: 'RequestPreflight';
  readonly claim: { readonly stream: string; readonly version: number };
  readonly running: ReleaseRef | null;
  readonly verifiedGood: ReleaseRef | null;
  readonly kept?: readonly string[];
  readonly quarantined: readonly string[];
  readonly uncertain?: string;
};
export type ReportPreflight = At & {
  readonly type: 'ReportPreflight';
  readonly phase: PreflightPhase;
  readonly findings: readonly Finding[];
  readonly baseline?: RecordedBaseline;
};
export type HoldDeployment = At & { readonly type: 'HoldDeployment' } & Omit<DeploymentHeld['data'], 'at'>;
/** The hold's `until` has passed. */
export type ExpireHold = At & { readonly type: 'ExpireHold' };
/** The phase that has to act has not acted, beyond all its deadlines. */
export type EndStall = At & { readonly type: 'EndStall' };
export type CancelDeployment = At & { readonly type: 'CancelDeployment'; readonly reason: string; readonly by: string };
export type SupersedeDeployment = At & {
  readonly type: 'SupersedeDeployment';
  readonly by: string;
  readonly reason: string;
};
export type ReleaseEnvironment = {
  readonly type: 'ReleaseEnvironment';
  readonly stream: string;
  readonly version: number;
};
export type ConfirmCriterion = At & {
  readonly type: 'ConfirmCriterion';
  readonly line: number;
  readonly by: string;
  readonly reason: string;
};

export type RevokeEvidence = At & {
  readonly type: 'RevokeEvidence';
  readonly evidence: EvidenceRef;
  readonly by: string;
  readonly reason: string;
};

export type PlanningCommand =
  | RequestDeployment
  | RejectDeployment
  | DraftPlan
  | ClearBlockers
  | RequestPreflight
  | ReportPreflight
  | HoldDeployment
  | ExpireHold
  | EndStall
  | CancelDeployment
  | SupersedeDeployment
  | ReleaseEnvironment
  | ConfirmCriterion
  | RevokeEvidence;
