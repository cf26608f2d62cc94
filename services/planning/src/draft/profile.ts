import { serviceProfile, type Profiles, type ServiceProfile } from '@backstay/document';
import { ProfileUnreadable, type Platform } from '@backstay/service-kit';
import { Problems } from './problems.ts';

type WithProfiles = Pick<Platform, 'profiles'>;

/** What the platform knows of a service in an environment; undefined where no profile file or no entry is. */
export async function profileOf(
  platform: WithProfiles,
  environment: string,
  service: string,
): Promise<ServiceProfile | undefined> {
  const profiles = await profilesOf(platform);
  return profiles && serviceProfile(profiles, environment, service);
}

/** What the platform knows of all services; undefined where there is no profile file. */
export async function profilesOf({ profiles }: WithProfiles): Promise<Profiles | undefined> {
  const parsed = await profiles.read().catch(unreadable);
  if (parsed?.ok === false) throw new Problems(parsed.problems);
  return parsed?.profiles;
}

/** A wrong path is reported in the reply, and does not leave the request waiting. */
function unreadable(error: unknown): never {
  if (!(error instanceof ProfileUnreadable)) throw error;
  const message = `the environment profile of the platform cannot be read (${error.code}): see BACKSTAY_ENVIRONMENTS`;
  throw new Problems([{ line: 1, column: 1, severity: 'error', code: 'profile-unreadable', message }]);
}
