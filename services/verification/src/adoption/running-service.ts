import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnvironmentCommand } from '@backstay/deployment';
import { deployers, parseBindings, serviceProfile, type Bindings, type ServiceProfile } from '@backstay/document';
import { deployerNamed, ReleaseMissing, type Deployer, type Release, type ServiceState } from '@backstay/deployers';
import { ProfileUnreadable, type ProfileFile } from '@backstay/service-kit';

/** Why something that runs cannot be adopted. Reported to the operator; nothing is changed. */
export class NotAdoptable extends Error {
  override readonly name = 'NotAdoptable';
}

/** What is found of what is to be adopted: the release, its checks, and what is missing to prove it. */
export type Found = Pick<Extract<EnvironmentCommand, { type: 'CompleteAdoption' }>, 'running' | 'checks' | 'reasons'>;

/** A service as the deployer finds it on this machine. */
export interface RunningService {
  readonly profile: ServiceProfile;
  readonly bindings: Bindings;
  readonly release: Release;
  readonly process: ServiceState;
}

/** Whether something else than the commands of documents puts releases in place here. */
export function hasDeployer({ deployer }: ServiceProfile): boolean {
  return deployer !== undefined;
}

/** @throws {NotAdoptable} naming what is missing */
export async function runningServiceOf(profile: ServiceProfile): Promise<RunningService> {
  const deployer = deployerOf(profile);
  const root = profile.root ?? refuse('the profile names no root');
  const release = await currentOf(deployer, root);
  const bindings = await bindingsOf(deployer.folderOf({ root }, release.name), release);
  return { profile, release, bindings, process: await deployer.state({ root }) };
}

/** @throws {NotAdoptable} where there is none, or it cannot be read */
export async function profileOf(profiles: ProfileFile, service: string, environment: string): Promise<ServiceProfile> {
  const parsed = await profiles.read().catch((error: unknown) => {
    if (error instanceof ProfileUnreadable) return refuse(`the environment profile ${error.file} cannot be read`);
    throw error;
  });
  if (parsed === null)
    throw new NotAdoptable('no environment profile is configured; name its file in BACKSTAY_ENVIRONMENTS');
  if (!parsed.ok)
    throw new NotAdoptable(
      parsed.problems.map(({ line, message }) => `environments.yaml, line ${line}: ${message}`).join('; '),
    );
  return (
    serviceProfile(parsed.profiles, environment, service) ??
    refuse(`the profile has no entry for ${service} in ${environment}`)
  );
}

function deployerOf({ deployer: name, hosts }: ServiceProfile): Deployer {
  const supported = deployers.map((each) => `\`${each}\``).join(', ');
  const deployer =
    deployerNamed(name ?? '') ??
    refuse(`only what the deployer ${supported} put in place can be adopted; the profile names ${name ?? 'none'}`);
  const refusal = deployer.refusal({ hosts: [...hosts] });
  return refusal === null ? deployer : refuse(refusal);
}

async function currentOf(deployer: Deployer, root: string): Promise<Release> {
  const release = await deployer.current({ root }).catch((error: unknown) => {
    if (error instanceof ReleaseMissing) return refuse(error.message);
    throw error;
  });
  return release ?? refuse(`nothing was ever activated below ${root}`);
}

async function bindingsOf(folder: string | null, { name }: Release): Promise<Bindings> {
  const bytes = await readFile(
    join(folder ?? refuse(`the release ${name} has no folder on this machine`), '.backstay.yaml'),
  ).catch(() => refuse(`the release ${name} has no .backstay.yaml`));
  const parsed = parseBindings(bytes);
  if (parsed.ok) return parsed.bindings;
  return refuse(parsed.problems.map(({ line, message }) => `.backstay.yaml, line ${line}: ${message}`).join('; '));
}

function refuse(reason: string): never {
  throw new NotAdoptable(reason);
}
