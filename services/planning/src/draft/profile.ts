import { readFile } from 'node:fs/promises';
import { parseProfiles, serviceProfile, type Profiles, type ServiceProfile } from '@backstay/document';
import type { Platform } from '@backstay/service-kit';
import { Problems } from './problems.ts';

/** What the platform knows of a service in an environment; undefined where no profile file or no entry is. Read anew each time. */
export async function profileOf(
  platform: Platform,
  environment: string,
  service: string,
): Promise<ServiceProfile | undefined> {
  const profiles = await profilesOf(platform);
  return profiles && serviceProfile(profiles, environment, service);
}

/** What the platform knows of all services; undefined where there is no profile file. */
export async function profilesOf({ settings }: Platform): Promise<Profiles | undefined> {
  const path = settings.BACKSTAY_ENVIRONMENTS;
  if (path === undefined) return undefined;
  const parsed = parseProfiles(await readFile(path, 'utf8').catch(unreadable), 'environments.yaml');
  if (!parsed.ok) throw new Problems(parsed.problems);
  return parsed.profiles;
}

/** A wrong path is told to who asks, and does not leave the request waiting. */
function unreadable({ code = 'unknown' }: NodeJS.ErrnoException): never {
  const message = `the environment profile of the platform cannot be read (${code}): see BACKSTAY_ENVIRONMENTS`;
  throw new Problems([{ line: 1, column: 1, severity: 'error', code: 'profile-unreadable', message }]);
}
