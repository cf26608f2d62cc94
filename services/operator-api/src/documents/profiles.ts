import { serviceProfile, type Blocker, type Problem, type Profiles, type ServiceProfile } from '@backstay/document';
import { ProfileUnreadable, type Platform } from '@backstay/service-kit';

export interface FoundProfile {
  readonly profile: ServiceProfile | undefined;
  /** The whole of which it is a part. */
  readonly profiles?: Profiles;
  /** What keeps the profile from being used. */
  readonly blockers: readonly Blocker[];
}

/** What the platform knows of a service in an environment. */
export async function findProfile(
  { profiles: file }: Pick<Platform, 'profiles'>,
  environment: string,
  service: string,
): Promise<FoundProfile> {
  try {
    const parsed = await file.read();
    if (parsed === null) return { profile: undefined, blockers: [] };
    if (!parsed.ok) return { profile: undefined, blockers: parsed.problems.map(blockerOf) };
    const { profiles } = parsed;
    return { profile: serviceProfile(profiles, environment, service), profiles, blockers: [] };
  } catch (error) {
    if (!(error instanceof ProfileUnreadable)) throw error;
    const message = `the profile file ${error.file} cannot be read`;
    return { profile: undefined, blockers: [{ code: 'profile-unreadable', message }] };
  }
}

const blockerOf = ({ code, message, line }: Problem): Blocker => ({
  code,
  message: `environments.yaml:${line}: ${message}`,
});
