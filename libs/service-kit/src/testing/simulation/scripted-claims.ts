import {
  environmentStream,
  isEnded,
  activeState,
  type DeploymentCommand,
  type DeploymentState,
} from '@backstay/deployment';
import { scriptedClaim, scriptedSettlement } from '@backstay/deployment/testing';
import { parseStreamName } from '@backstay/event-sourcing';
import type { Aggregates } from '../../aggregates.ts';
import type { Outcome } from '../../worker/effect-handler.ts';
import type { DeploymentHandlers, EnvironmentHandlers } from '../../worker/phase-host.ts';

/** How planning claims and settles environments. */
export interface ClaimHandlers {
  readonly deployment: Pick<DeploymentHandlers, 'claim-environment' | 'settle-environment'>;
  readonly environment: Pick<EnvironmentHandlers, 'review-claim'>;
}

/** Claims in order: without windows, and without who supersedes whom. */
export function scriptedClaims({ deployments, environments }: Aggregates, now: () => string): ClaimHandlers {
  const context = (correlation: string) => ({ actor: { kind: 'service', name: 'planning' }, correlation }) as const;

  async function settle(id: string, stream: string): Promise<number> {
    const environment = parseStreamName(stream).id;
    const [ended, { state, head }] = [await deployments.load(id), await environments.load(environment)];
    const settlement = scriptedSettlement(id, ended.state, state, now());
    if (settlement === null) return head.version;
    return (await environments.handle(environment, settlement, context(id))).folded.head.version;
  }

  async function claim(id: string): Promise<Outcome<DeploymentCommand>> {
    const { state } = await deployments.load(id);
    const stream = streamOf(state);
    if (stream === null || activeState(state).status !== 'planning') return [];
    const position = await deployments.beginningOf(id);
    const command = { type: 'ClaimEnvironment', deployment: id, position, at: now() } as const;
    const { folded } = await environments.handle(parseStreamName(stream).id, command, context(id));
    const { holder, queue } = folded.state;
    const winner = holder ?? queue[0] ?? id;
    if (winner !== id && isEnded((await deployments.load(winner)).state)) {
      await settle(winner, stream);
      return claim(id);
    }
    if (state.status === 'held' && state.hold.winner === winner) return { lookAgainAt: state.hold.until };
    return [scriptedClaim(id, stream, { state: folded.state, version: folded.head.version }, now())];
  }

  return {
    deployment: {
      'claim-environment': (_effect, { id }) => claim(id),
      'settle-environment': async (_effect, { id, state }) => {
        const stream = streamOf(state);
        return stream === null ? [] : [{ type: 'ReleaseEnvironment', stream, version: await settle(id, stream) }];
      },
    },
    environment: {
      'review-claim': async ({ deployment }, { stream }) => {
        await settle(deployment, stream);
        return { lookAgainAt: new Date(Date.parse(now()) + 900_000).toISOString() };
      },
    },
  };
}

function streamOf(state: DeploymentState): string | null {
  const active = activeState(state);
  if (active.status === 'none' || active.drafted === null) return null;
  return environmentStream(active.drafted.plan.service, active.drafted.plan.environment);
}
