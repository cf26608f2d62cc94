import { deployerNamed, refusalOf, type Delivered, type Deployer, type Readiness } from '@backstay/deployers';
import type { StepDeployment } from './deployment.ts';
import type { StepTask } from './task.ts';

/** What this version cannot deliver with; it is never done in another way instead. */
export class DeliveryNotSupported extends Error {
  override readonly name = 'DeliveryNotSupported';
}

/** Who delivers, and what of this deployment. */
export interface ReleaseLocation {
  readonly deployer: Deployer;
  readonly delivered: Delivered;
}

const mostTokens = 1_000_000;

/** @throws {DeliveryNotSupported} where the profile names no deployer, or one that is not supported. */
export function releaseLocation({
  deployment,
  phase,
  token,
}: Pick<StepTask, 'deployment' | 'phase' | 'token'>): ReleaseLocation {
  const { plan, commit, claimed, of } = deployment;
  const { delivery, version } = plan;
  if (delivery === null) throw new DeliveryNotSupported('the environment names no deployer for this service');
  const deployer = deployerNamed(delivery.deployer);
  const refusal = refusalOf(delivery);
  if (deployer === undefined || refusal !== null) throw new DeliveryNotSupported(refusal ?? delivery.deployer);
  if (commit === null) throw new DeliveryNotSupported('a release is put in place from a commit, and none was resolved');
  return {
    deployer,
    delivered: { delivery, version, commit, deployment: of, token: rootToken(claimed, phase, token) },
  };
}

/**
 * A root outlives deployments, whose leases count from 1 each: so the claim on the environment counts first, then the phase,
 * as a rollback acts after the execution, then the lease.
 */
function rootToken(claimed: number, phase: StepTask['phase'], token: number): number {
  return (claimed * 2 + (phase === 'rollback' ? 1 : 0)) * mostTokens + Math.min(token, mostTokens - 1);
}

/** Readiness as base URL and the bindings' `ready` say, asked of allowed hosts only. */
export function readinessOf({
  baseUrl,
  delivery,
  allow,
}: Pick<StepDeployment['plan'], 'baseUrl' | 'delivery' | 'allow'>): Readiness {
  const path = delivery?.ready.path ?? '/';
  if (URL.canParse(path)) return { url: path, allow };
  if (baseUrl === null)
    throw new DeliveryNotSupported(`the readiness path ${path} needs a base URL, and the environment has none`);
  return { url: new URL(path, baseUrl).href, allow };
}
