import { readFile } from 'node:fs/promises';
import { parseProfiles, serviceProfile, type Blocker, type Profiles, type ServiceProfile } from '@backstay/document';
import type { Settings } from '@backstay/service-kit';

export interface FoundProfile {
  readonly profile: ServiceProfile | undefined;
  /** The whole of which it is a part. */
  readonly profiles?: Profiles;
  /** What keeps the profile from being used. */
  readonly blockers: readonly Blocker[];
}

/** What the platform knows of a service in an environment, read anew each time. */
export async function findProfile(
  { BACKSTAY_ENVIRONMENTS: file }: Settings,
  environment: string,
  service: string,
): Promise<FoundProfile> {
  if (file === undefined) return { profile: undefined, blockers: [] };
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null)
    return {
      profile: undefined,
      blockers: [{ code: 'profile-unreadable', message: `the profile file ${file} cannot be read` }],
    };
  const parsed = parseProfiles(text);
  if (parsed.ok) {
    const { profiles } = parsed;
    return { profile: serviceProfile(profiles, environment, service), profiles, blockers: [] };
  }
  return {
    profile: undefined,
    blockers: parsed.problems.map(({ code, message, line }) => ({
      code,
      message: `environments.yaml:${line}: ${message}`,
    })),
  };
}
