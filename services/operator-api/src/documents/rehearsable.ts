import { problemsOfRehearsal, type DeployRequest } from '@backstay/deployment';
import type { Platform } from '@backstay/service-kit';
import { type FieldError, InvalidDocument } from '@backstay/service-kit/http';
import { plannable, type Plannable } from './plannable.ts';
import { findProfile } from './profiles.ts';

/** What no file of the deployed repository can change. */
const ofTheProfile: readonly string[] = ['missing-profile-entry', 'unsupported-deployer', 'unsupported-hosts'];

/**
 * What is known of a rehearsal before anybody plans it: who asks for one that can never be is refused at once. Any other request
 * passes.
 * @throws {InvalidDocument} with every problem
 */
export async function mustBeRehearsable(
  request: DeployRequest,
  platform: Pick<Platform, 'digest' | 'settings' | 'profiles'>,
): Promise<void> {
  if (request.rehearse !== true) return;
  const { digest, settings } = platform;
  const { service, environment } = plannable(request, digest).plan;
  const { profile, profiles } = await findProfile(platform, environment, service);
  const planned = plannable(request, digest, { profile, profiles });
  const lacking = settings.BACKSTAY_ENVIRONMENTS === undefined ? [] : lackingIn(planned);
  const problems = [...problemsOf(planned), ...lacking];
  if (problems.length > 0) throw new InvalidDocument(problems);
}

/** Steps that wait for their meaning may still change something. */
function problemsOf({ plan, blockers }: Plannable): readonly FieldError[] {
  return problemsOfRehearsal(plan)
    .filter(({ code }) => blockers.length === 0 || code !== 'rehearsal-of-nothing')
    .map(({ message, line, column, severity, code }) => ({ detail: message, line, column, severity, code }));
}

function lackingIn({ blockers }: Plannable): readonly FieldError[] {
  return blockers
    .filter(({ code }) => ofTheProfile.includes(code))
    .map(({ code, message, line }) => ({ detail: message, code, ...(line === undefined ? {} : { line }) }));
}
