import { environmentStream, hasMutated, isEnded, type DeploymentCommand, type Ended } from '@backstay/deployment';
import type { DeploymentContext } from '@backstay/service-kit';
import { parseStreamName } from '@backstay/event-sourcing';
import { byPlanning, type ClaimPorts } from './streams.ts';

/** Records in the environment how its deployment ended, and in the deployment that this is done. Twice is once. */
export async function settleEnvironment(
  platform: ClaimPorts,
  { id, state }: Pick<DeploymentContext, 'id' | 'state'>,
): Promise<readonly DeploymentCommand[]> {
  if (!isEnded(state) || state.drafted === null) return [];
  const stream = environmentStream(state.drafted.plan.service, state.drafted.plan.environment);
  return [{ type: 'ReleaseEnvironment', stream, version: await settle(platform, id, state, stream) }];
}

/** Settles a claim that is held or takes one that is queued back; the environment's version after that. */
export async function settle(platform: ClaimPorts, id: string, ended: Ended | null, stream: string): Promise<number> {
  const { environments } = platform;
  const environment = parseStreamName(stream).id;
  const context = await byPlanning(platform, id);
  const { state } = await environments.load(environment);
  // Without a recorded claim nothing was changed: what the environment knew stays.
  const known = ended?.unsettled?.claim == null ? state : ended;
  const settled = {
    type: 'SettleEnvironment' as const,
    deployment: id,
    outcome: ended?.status ?? 'failed',
    running: known.running,
    verifiedGood: known.verifiedGood,
    quarantined: ended?.quarantined == null ? null : { version: ended.quarantined, why: ended.reason },
    changed: ended !== null && hasMutated(ended),
    ...(ended?.isRunningUnknown === true && { isRunningUnknown: true as const }),
    at: context.time,
  };
  return (await environments.handle(environment, settled, context)).folded.head.version;
}
