import { existsSync } from 'node:fs';
import type { Finding, ReleaseRef } from '@backstay/deployment';
import type { Delivery } from '@backstay/document';
import { currentRelease, listReleases, serviceState } from '@backstay/effects';
import { blocking, fine, warning } from './finding.ts';
import type { Preflight } from './preflight.ts';

const subject = 'rollback target';

/** Whether there would be a way back: what runs now must be known to be good, and still be there. */
export async function rollbackFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { claim, deployment, kind } = preflight;
  const { delivery, version } = deployment.plan;
  const target = kind === 'rollback' ? null : claim.running;
  const isBad = kind !== 'rollback' && claim.quarantined.includes(version);
  const quarantined = isBad
    ? [
        blocking('quarantined', {
          subject: version,
          message: 'was rolled back here and is quarantined until a person lifts it',
        }),
      ]
    : [];
  if (kind === 'rollback')
    return delivery === null || deployment.rollbackVersion === null ? [] : presence(delivery, preflight);
  const known =
    target === null
      ? [fine('rollback-target', { subject, message: 'first deployment here: there is no version to go back to' })]
      : goodness(target, preflight);
  return [...quarantined, ...known, ...(delivery === null ? [] : await placed(delivery, target))];
}

/** The way back of a succeeded deployment: the releases below the root can be read. */
async function presence({ root }: Delivery, { deployment }: Preflight): Promise<readonly Finding[]> {
  const there = await releasesIn(root);
  const isThere = there.some(({ version }) => version === deployment.rollbackVersion);
  const message = `the release of version ${deployment.rollbackVersion} is ${isThere ? 'there' : `not below ${root} any more`}`;
  return [isThere ? fine('rollback-target', { subject, message }) : blocking('rollback-target', { subject, message })];
}

function goodness(target: ReleaseRef, { claim }: Preflight): readonly Finding[] {
  const problems = [
    ...(isSame(claim.verifiedGood, target)
      ? []
      : [`${target.version} runs and was never verified good here; adopt it first`]),
    ...(claim.quarantined.includes(target.version) ? [`${target.version} runs and is quarantined here`] : []),
  ];
  if (problems.length === 0)
    return [fine('rollback-target', { subject, message: `${target.version} is verified good` })];
  return problems.map((message) => blocking('rollback-target', { subject, message }));
}

function isSame(one: ReleaseRef | null, other: ReleaseRef): boolean {
  return one !== null && one.version === other.version && one.release === other.release;
}

/** What the deployer finds below its root must be what was recorded. */
async function placed({ root }: Delivery, target: ReleaseRef | null): Promise<readonly Finding[]> {
  const current = await currentRelease(root).catch(() => null);
  if (target === null)
    return current === null
      ? []
      : [
          blocking('rollback-target', {
            subject,
            message: `${current.version} is current below ${root} and nothing is recorded to run here; adopt it first`,
          }),
        ];
  if (target.release === null)
    return [
      blocking('rollback-target', {
        subject,
        message: `${target.version} is no release below ${root}, so it could not be switched back to`,
      }),
    ];
  const isThere = (await releasesIn(root)).some(({ name }) => name === target.release);
  if (!isThere)
    return [
      blocking('rollback-target', { subject, message: `the release ${target.release} is not below ${root} any more` }),
    ];
  if (current?.name !== target.release)
    return [
      blocking('rollback-target', {
        subject,
        message: `${target.release} is recorded to run, and ${current?.name ?? 'nothing'} is current below ${root}`,
      }),
    ];
  const { status } = await serviceState({ root });
  return status === 'running'
    ? []
    : [warning('rollback-target', { subject, message: `${target.release} is current and its service is ${status}` })];
}

async function releasesIn(root: string) {
  return existsSync(root) ? listReleases(root) : [];
}
