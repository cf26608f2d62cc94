import {
  partsOfEnvironment,
  type EnvironmentCommand,
  type EnvironmentState,
  type ReleaseRef,
} from '@backstay/deployment';
import { unlessLeft, type EffectContext, type Platform } from '@backstay/service-kit';
import type { StepContext } from '@backstay/steps';
import { adoptionChecks, reasonsAgainst } from './adoption-checks.ts';
import { commandedService } from './commanded-service.ts';
import {
  hasDeployer,
  NotAdoptable,
  profileOf,
  runningServiceOf,
  type Found,
  type RunningService,
} from './running-service.ts';

type Context = EffectContext<EnvironmentCommand, EnvironmentState>;

/** Checks what already runs, so that it can be recorded as verified-good, or says why not. */
export async function adoptRelease(
  { profiles }: Pick<Platform, 'profiles'>,
  steps: StepContext,
  context: Context,
): Promise<readonly EnvironmentCommand[]> {
  const { id, state, now, detach, unwanted } = context;
  if (state.adoption === null) return [];
  const { version } = state.adoption;
  const { service, environment } = partsOfEnvironment(id);
  const signal = AbortSignal.any([detach, unwanted]);
  const found = await profileOf(profiles, service, environment)
    .then(async (profile) =>
      hasDeployer(profile)
        ? checked(await runningServiceOf(profile), version, signal)
        : commandedService(steps, state, version, signal),
    )
    .catch(refused);
  unlessLeft(context);
  return unwanted.aborted ? [] : [{ type: 'CompleteAdoption', version, ...found, at: now() }];
}

async function checked(service: RunningService, version: string, signal: AbortSignal): Promise<Found> {
  return {
    running: releaseOf(service),
    reasons: reasonsAgainst(service, version),
    checks: await adoptionChecks(service, version, signal),
  };
}

/** What cannot be adopted is refused with the reason; what failed on the way is tried again. */
function refused(error: unknown): Found {
  if (error instanceof NotAdoptable) return { running: null, reasons: [error.message], checks: [] };
  throw error;
}

function releaseOf({ release: { name, version, commit } }: RunningService): ReleaseRef {
  return { version, commit, release: name, deployment: null };
}
