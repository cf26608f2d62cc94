import type { Claim, DeploymentKind, ReleaseRef } from '@backstay/deployment';
import type { Platform } from '@backstay/service-kit';
import type { Preflight as StepsPreflight } from '@backstay/steps';

/** What a preflight is about. */
export interface Preflight extends StepsPreflight {
  readonly kind: DeploymentKind;
  readonly claim: Claim;
  /** What a rollback would go back to; null: nothing ran before. */
  readonly target: ReleaseRef | null;
  /** The fencing token of the lease under which it probes. */
  readonly token: number;
  /** The version of a service that runs in this environment; null where none does. */
  readonly runningVersion: (service: string) => Promise<string | null>;
  readonly profiles: Pick<Platform['profiles'], 'read'>;
}
