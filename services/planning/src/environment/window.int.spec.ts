import { beforeAll, describe, expect, it } from 'vitest';
import { environmentId, type DeploymentCommand, type DeploymentKind, type DeploymentState } from '@backstay/deployment';
import { examplePlan } from '@backstay/deployment/testing';
import type { Plan } from '@backstay/document';
import type { EffectContext, Platform } from '@backstay/service-kit';
import { claimEnvironment } from './claim-environment.ts';
import { usePlatform } from './platform.test-support.ts';

// 2026-03-02 is a Monday.
const closed = '2026-03-02T12:00:00.000Z';
const open = '2026-03-02T09:30:00.000Z';
const opening = '2026-03-09T09:00:00.000Z';

describe('a deployment with a window', () => {
  const opened = usePlatform();
  let platform: Platform;
  beforeAll(() => {
    platform = opened();
  });

  const metadata = (correlation: string) => {
    const actor = { kind: 'system' as const, name: 'spec' };
    return { commandId: platform.ids(), time: platform.now(), actor, correlation, causation: null };
  };
  const send = async (id: string, command: DeploymentCommand) =>
    (await platform.deployments.handle(id, command, metadata(id))).folded.state;

  async function cleared(
    service: string,
    windows: string[],
    { kind = 'deployment', queue = 'fifo' }: { kind?: DeploymentKind; queue?: Plan['queue'] } = {},
  ): Promise<string> {
    const id = platform.ids();
    const origin = { source: 'spec', id, bodyDigest: id };
    const at = platform.now();
    await send(id, {
      type: 'RequestDeployment',
      id,
      kind,
      origin,
      request: { document: '#' },
      of: null,
      at,
    });
    const plan = examplePlan({ service, scope: { windows }, queue });
    await send(id, { type: 'DraftPlan', plan, digest: 'sha256:p', commit: null, warnings: [], inherited: null });
    await send(id, { type: 'ClearBlockers', satisfied: [], at });
    return id;
  }

  /** Planning claims at this time; the state after it. */
  async function claim(id: string, time: string): Promise<DeploymentState> {
    const { state } = await platform.deployments.load(id);
    const context = { id, state, now: () => time } as EffectContext<DeploymentCommand, DeploymentState>;
    const outcome = await claimEnvironment(platform, context);
    for (const command of 'lookAgainAt' in outcome ? [] : outcome) await send(id, command);
    return (await platform.deployments.load(id)).state;
  }
  const holderOf = async (service: string) => {
    const { environment } = examplePlan();
    return (await platform.environments.load(environmentId(service, environment))).state.holder;
  };

  it('waits outside of it, says why, and claims nothing; within it goes on', async () => {
    const id = await cleared('windowed', ['Mon 09:00-10:00 UTC']);
    expect(await claim(id, closed)).toMatchObject({
      status: 'held',
      hold: { code: 'outside-window', why: 'waits for its window: Mon 09:00-10:00 UTC', duty: null },
    });
    expect(await holderOf('windowed')).toBeNull();
    expect(await claimEnvironment(platform, { id, now: () => closed })).toEqual({ lookAgainAt: opening });
    expect(await claim(id, open)).toMatchObject({
      status: 'planning',
      claim: { version: expect.anything() as unknown },
    });
    expect(await holderOf('windowed')).toBe(id);
  });

  it('that waits keeps nobody else waiting', async () => {
    const waiting = await cleared('shared', ['Mon 09:00-10:00 UTC']);
    await claim(waiting, closed);
    const other = await cleared('shared', []);
    expect(await claim(other, closed)).toMatchObject({ status: 'planning' });
    expect(await holderOf('shared')).toBe(other);
    expect(await claim(waiting, open)).toMatchObject({
      status: 'held',
      hold: { code: 'environment-held', winner: other },
    });
  });

  it('does not keep a rollback waiting, nor does a queue: it waits for the holder alone and is superseded by nobody', async () => {
    const latest = { queue: 'latest' } as const;
    const holder = await cleared('back', []);
    await claim(holder, open);
    const queued = await cleared('back', []);
    await claim(queued, open);
    const back = await cleared('back', ['Mon 09:00-10:00 UTC'], { kind: 'rollback', ...latest });
    expect(await claim(back, closed)).toMatchObject({
      status: 'held',
      hold: { code: 'environment-held', winner: holder },
    });
    const newer = await cleared('back', [], latest);
    await claim(newer, open);
    const { state: superseded } = await platform.deployments.load(queued);
    expect(superseded.status).toBe('superseded');
    await send(holder, { type: 'CancelDeployment', reason: 'never mind', by: 'spec', at: platform.now() });
    expect(await claim(newer, open)).toMatchObject({ status: 'held', hold: { winner: back } });
    expect(await claim(back, closed)).toMatchObject({ status: 'planning' });
    expect(await holderOf('back')).toBe(back);
  });
});
