import type { Claim, DeploymentKind, ReleaseRef } from '@backstay/deployment';
import type { StepDeployment, StepGround } from '@backstay/steps';
import type { ProcedureRecords } from '../procedure-records.ts';

/** What a preflight is about. */
export interface Preflight {
  readonly ground: StepGround;
  readonly deployment: StepDeployment;
  readonly kind: DeploymentKind;
  readonly claim: Claim;
  /** What a rollback would go back to; null: nothing ran before. */
  readonly target: ReleaseRef | null;
  /** The fencing token of the lease under which it probes. */
  readonly token: number;
  readonly detach: AbortSignal;
  /** What is recorded of other deployments. */
  readonly records: ProcedureRecords;
  /** The version of a service that runs in this environment; null where none does. */
  readonly runningVersion: (service: string) => Promise<string | null>;
}
