import {
  deployment,
  deploymentStream,
  environment,
  type DeploymentState,
  type EnvironmentState,
} from '@backstay/deployment';
import { CommandHandler, type CommandMetadata, type Folded } from '@backstay/event-sourcing';
import { childOf, knowingAll, type Platform } from '@backstay/service-kit';

export function environmentHandler({ store, ids, digest }: Platform) {
  return new CommandHandler(knowingAll(environment), { store, ids, digest });
}

export function deploymentHandler({ store, ids, digest }: Platform) {
  return new CommandHandler(knowingAll(deployment), { store, ids, digest });
}

export async function environmentState(platform: Platform, stream: string): Promise<Folded<EnvironmentState>> {
  return environmentHandler(platform).fold(stream);
}

export async function deploymentState(platform: Platform, id: string): Promise<DeploymentState> {
  return (await deploymentHandler(platform).fold(deploymentStream(id))).state;
}

/** Planning's own hand in a stream that is not the one of its turn, in the trace of the deployment that it is about. */
export async function byPlanning({ ids, now, store }: Platform, deploymentId: string): Promise<CommandMetadata> {
  const [requested] = await store.read(deploymentStream(deploymentId), { to: 1 });
  return {
    commandId: ids(),
    time: now(),
    actor: { kind: 'service', name: 'planning' },
    correlation: deploymentId,
    causation: null,
    traceparent: childOf(requested?.traceparent),
  };
}
