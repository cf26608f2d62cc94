import type { DeploymentKind, Finding, ReleaseRef } from '@backstay/deployment';
import type { Delivery, Plan } from '@backstay/document';
import { deployerNamed, type Deployer } from '@backstay/deployers';
import { howToLift, nothingToGoBackTo } from '@backstay/projections';
import { blocking, fine, warning } from '@backstay/steps';
import type { Preflight } from './preflight.ts';

const subject = 'rollback target';

/** Whether a rollback is possible: the release that it activates must be known to be good, and still be there. */
export async function rollbackFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { claim, deployment, kind, target } = preflight;
  const { delivery, version } = deployment.plan;
  const isBack = kind === 'rollback';
  const quarantined = !isBack && claim.quarantined.includes(version) ? [quarantine(deployment.plan)] : [];
  const known = target === null ? [withoutTarget(kind, deployment.plan)] : goodness(target, preflight);
  // One that this version does not have is reported on its own.
  const deployer = delivery === null ? undefined : deployerNamed(delivery.deployer);
  const found = delivery === null || !deployer ? [] : await placed(deployer, delivery, target);
  const standing = delivery === null || !deployer || isBack ? [] : await inUse(deployer, delivery, target);
  return [...quarantined, ...known, ...found, ...standing];
}

/** A first deployment has none; a rehearsal is made for the sake of the rollback. */
function withoutTarget(kind: DeploymentKind, plan: Plan): Finding {
  if (kind === 'rehearsal') return blocking('rollback-target', { subject, message: nothingToGoBackTo(plan) });
  return fine('rollback-target', { subject, message: 'there is no version to go back to' });
}

function quarantine(plan: Plan): Finding {
  const message = `was rolled back here and is quarantined until a person lifts it: ${howToLift(plan, plan.version)}`;
  return blocking('quarantined', { subject: plan.version, message });
}

/** Where a succeeded deployment is taken back, its own preflight has seen that the target was good. */
function goodness(target: ReleaseRef, { claim, kind, deployment: { plan } }: Preflight): readonly Finding[] {
  const isUnproven = kind !== 'rollback' && !isSame(claim.verifiedGood, target);
  const problems = [
    ...(isUnproven ? [`${target.version} runs and was never verified good here; adopt it first`] : []),
    ...(claim.quarantined.includes(target.version)
      ? [`${target.version} is quarantined here; ${howToLift(plan, target.version)}`]
      : []),
  ];
  if (problems.length === 0)
    return [fine('rollback-target', { subject, message: `${target.version} is verified good` })];
  return problems.map((message) => blocking('rollback-target', { subject, message }));
}

function isSame(one: ReleaseRef | null, other: ReleaseRef): boolean {
  return one !== null && one.version === other.version && one.release === other.release;
}

/** The target must be a release that can be switched back to. */
async function placed(deployer: Deployer, delivery: Delivery, target: ReleaseRef | null): Promise<readonly Finding[]> {
  if (target === null) return [];
  const { root } = delivery;
  if (target.release === null)
    return [blockingTarget(`${target.version} is not a release below ${root}, so it could not be switched back to`)];
  const isThere = (await deployer.releases(delivery)).some(({ name }) => name === target.release);
  return isThere ? [] : [blockingTarget(`the release ${target.release} is not below ${root} any more`)];
}

/** What is current below the root must be what is recorded to run. */
async function inUse(deployer: Deployer, delivery: Delivery, running: ReleaseRef | null): Promise<readonly Finding[]> {
  const { root } = delivery;
  const current = await deployer.current(delivery).catch(() => null);
  if (running === null)
    return current === null
      ? []
      : [
          blockingTarget(
            `${current.version} is current below ${root} and nothing is recorded to run here; adopt it first`,
          ),
        ];
  if (running.release === null) return [];
  if (current?.name !== running.release)
    return [
      blockingTarget(
        `${running.release} is recorded to run, and ${current?.name ?? 'nothing'} is current below ${root}`,
      ),
    ];
  const { status } = await deployer.state(delivery);
  return status === 'running'
    ? []
    : [warning('rollback-target', { subject, message: `${running.release} is current and its service is ${status}` })];
}

const blockingTarget = (message: string): Finding => blocking('rollback-target', { subject, message });
