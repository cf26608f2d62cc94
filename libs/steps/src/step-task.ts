import type { DeployRequest, Phase } from '@backstay/deployment';
import type { Plan, Step } from '@backstay/document';

/** What a step is performed on: directories, sources of values, the store of whole outputs. */
export interface StepGround {
  readonly dataDir: string;
  /** Where secrets are looked up: `env` or `file:PATH`. */
  readonly secrets: string;
  /** The variables that the environment brings. */
  readonly provided: NodeJS.ProcessEnv;
  readonly blobs: { put(content: Uint8Array): Promise<string> };
  readonly logger: { info(fields: Record<string, unknown>, message: string): void };
  readonly now: () => string;
}

/** The deployment that a step belongs to, as far as a step must know it. */
export interface StepDeployment {
  readonly id: string;
  /** The one whose workspace, releases and backups are meant: another one only where a succeeded deployment is taken back. */
  readonly of: string;
  /** The folder below `workspaces/`. */
  readonly workspace: string;
  readonly plan: Plan;
  readonly commit: string | null;
  readonly request: DeployRequest;
  readonly rollbackVersion: string | null;
  /** Version of the environment's stream at the claim: it orders all deployments of this environment. */
  readonly claimed: number;
}

/** One attempt of one step. */
export interface StepTask {
  readonly ground: StepGround;
  readonly deployment: StepDeployment;
  readonly step: Step;
  readonly phase: Phase;
  readonly attempt: number;
  /** The fencing token of the lease under which it is performed. */
  readonly token: number;
  /** ISO 8601, of this attempt. */
  readonly startedAt: string;
  /** Aborted when the step must end. */
  readonly unwanted: AbortSignal;
  /** Aborted when this process must let go of the step. */
  readonly detach: AbortSignal;
}

/** The same for every attempt and after every restart. */
export function stepKey(deployment: string, step: string): string {
  return `${deployment}/${step}`;
}

export function keyOf({ deployment, step }: Pick<StepTask, 'deployment' | 'step'>): string {
  return stepKey(deployment.id, step.id);
}
