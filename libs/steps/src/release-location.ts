import type { Delivery } from '@backstay/document';
import { enter, pointTo, type Readiness, releaseAt, releaseName, type ReleaseRoot } from '@backstay/deployers';
import type { StepDeployment } from './deployment.ts';
import type { StepTask } from './task.ts';

/** What this version cannot deliver with; it is never done in another way instead. */
export class DeliveryNotSupported extends Error {
  override readonly name = 'DeliveryNotSupported';
}

export interface ReleaseLocation extends ReleaseRoot {
  readonly delivery: Delivery;
  /** The name of the release that this deployment puts in place. */
  readonly release: string;
}

const mostTokens = 1_000_000;

/** @throws {DeliveryNotSupported} where the profile names no deployer, or one that is not supported. */
export function releaseLocation({
  deployment,
  phase,
  token,
}: Pick<StepTask, 'deployment' | 'phase' | 'token'>): ReleaseLocation {
  const { plan, commit, claimed } = deployment;
  const { delivery } = plan;
  if (delivery === null) throw new DeliveryNotSupported('the environment names no deployer for this service');
  const problem = whyNotSupported(delivery);
  if (problem !== null) throw new DeliveryNotSupported(problem);
  if (commit === null) throw new DeliveryNotSupported('a release is put in place from a commit, and none was resolved');
  return {
    delivery,
    root: delivery.root,
    release: releaseName({ version: plan.version, commit }),
    token: rootToken(claimed, phase, token),
  };
}

export function whyNotSupported({ deployer, hosts }: Delivery): string | null {
  if (deployer !== 'release')
    return `the deployer \`${deployer}\` is not supported in this version; supported is release`;
  const others = hosts.filter((host) => host !== 'local');
  return others.length === 0
    ? null
    : `hosts other than \`local\` are not supported in this version: ${others.join(', ')}`;
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

/** Names the release as the current one without starting it. */
export async function pointBack({ root, token }: ReleaseRoot, release: string): Promise<void> {
  enter({ root, token });
  releaseAt(root, release);
  await pointTo(root, release);
}
