import { isEnded, type EffectOf, type EnvironmentCommand } from '@backstay/deployment';
import type { Outcome } from '@backstay/service-kit';
import { settle } from './settle-environment.ts';
import { deploymentState, type ClaimPorts } from './streams.ts';

const againMs = 15 * 60_000;

/** Takes the environment from a deployment that has ended: its claim was on its way when it let go of everything. */
export async function reviewClaim(
  platform: ClaimPorts,
  { deployment }: EffectOf<'review-claim'>,
  { stream, now }: { readonly stream: string; readonly now: () => string },
): Promise<Outcome<EnvironmentCommand>> {
  const state = await deploymentState(platform, deployment);
  if (isEnded(state)) await settle(platform, deployment, state, stream);
  return { lookAgainAt: new Date(Date.parse(now()) + againMs).toISOString() };
}
