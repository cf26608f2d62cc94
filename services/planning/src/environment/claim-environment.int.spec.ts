import { beforeAll, describe, expect, it } from 'vitest';
import {
  deploymentStream,
  environmentId,
  environmentStream,
  type DeploymentCommand,
  type DeploymentState,
  type Inherited,
} from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { examplePlan } from '@backstay/deployment/testing';
import type { Platform } from '@backstay/service-kit';
import { claimEnvironment } from './claim-environment.ts';
import { usePlatform } from './platform.test-support.ts';
import { reviewClaim } from './review-claim.ts';
import { byPlanning } from './streams.ts';

describe('the claim of an environment', () => {
  const opened = usePlatform();
  let platform: Platform;
  beforeAll(() => {
    platform = opened();
  });

  const send = async (id: string, command: DeploymentCommand) =>
    platform.deployments.handle(id, command, await byPlanning(platform, id));
  const { environment } = examplePlan();
  const holderOf = async (service: string) =>
    (await platform.environments.load(environmentId(service, environment))).state.holder;

  async function cleared(
    service: string,
    changes: Partial<Plan> = {},
    kind: 'deployment' | 'rollback' = 'deployment',
    inherited: Inherited | null = null,
  ): Promise<string> {
    const id = platform.ids();
    const at = platform.now();
    const origin = { source: 'spec', id, bodyDigest: id };
    const request = { document: '#' };
    await send(id, { type: 'RequestDeployment', id, kind, origin, request, of: null, at });
    const plan = examplePlan({ service, ...changes });
    await send(id, { type: 'DraftPlan', plan, digest: 'sha256:p', commit: null, warnings: [], inherited });
    await send(id, { type: 'ClearBlockers', satisfied: [], at });
    return id;
  }

  async function cancelled(service: string): Promise<string> {
    const id = await cleared(service);
    await send(id, { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: platform.now() });
    return id;
  }

  /** Planning claims; the state after it. */
  async function claim(id: string): Promise<DeploymentState> {
    const outcome = await claimEnvironment(platform, { id, now: platform.now });
    for (const command of 'lookAgainAt' in outcome ? [] : outcome) await send(id, command);
    return (await platform.deployments.load(id)).state;
  }
  const queueOf = async (service: string) =>
    (await platform.environments.load(environmentId(service, environment))).state.queue;

  /** As if the claim had been on its way. */
  async function lateClaim(id: string, service: string): Promise<void> {
    const command = { type: 'ClaimEnvironment', deployment: id, at: platform.now() } as const;
    await platform.environments.handle(environmentId(service, environment), command, await byPlanning(platform, id));
  }

  it('takes the place of the request in the queue, whoever claims first', async () => {
    await claim(await cleared('ordered'));
    const [first, second, third] = [await cleared('ordered'), await cleared('ordered'), await cleared('ordered')];
    for (const id of [third, first, second]) expect(await claim(id)).toMatchObject({ status: 'held' });
    expect(await queueOf('ordered')).toEqual([first, second, third]);
  });

  it('keeps the newest request where only the latest counts, also when an older one claims after it', async () => {
    await claim(await cleared('latest'));
    const latest = { queue: 'latest' } as const;
    const [oldest, older, newest] = [
      await cleared('latest'),
      await cleared('latest', latest),
      await cleared('latest', latest),
    ];
    expect(await claim(older)).toMatchObject({ status: 'held' });
    expect(await claim(newest)).toMatchObject({ status: 'held' });
    expect((await platform.deployments.load(older)).state.status).toBe('superseded');
    expect(await claim(oldest)).toMatchObject({ status: 'superseded' });
    const recorded = await platform.store.read(deploymentStream(oldest));
    expect(recorded.at(-1)).toMatchObject({ type: 'DeploymentSuperseded', data: { by: newest } });
  });

  it('supersedes nobody who was requested later, also where that one was queued without a position', async () => {
    await claim(await cleared('unplaced'));
    const [older, newer] = [await cleared('unplaced', { queue: 'latest' }), await cleared('unplaced')];
    await lateClaim(newer, 'unplaced');
    expect(await claim(older)).toMatchObject({ status: 'held' });
    expect(await queueOf('unplaced')).toEqual([newer, older]);
  });

  it('is superseded by a newer request that holds the environment already, where only the latest counts', async () => {
    const older = await cleared('held-by-newer');
    const newer = await cleared('held-by-newer', { queue: 'latest' });
    await claim(newer);
    expect(await holderOf('held-by-newer')).toBe(newer);
    expect(await claim(older)).toMatchObject({ status: 'superseded' });
    const recorded = await platform.store.read(deploymentStream(older));
    expect(recorded.at(-1)).toMatchObject({ type: 'DeploymentSuperseded', data: { by: newer } });
  });

  it('waits for an older holder, for one that keeps the order, and for a rollback', async () => {
    const latest = { queue: 'latest' } as const;
    await claim(await cleared('older', latest));
    expect(await claim(await cleared('older', latest))).toMatchObject({ status: 'held' });
    const [beforeOrdered, ordered] = [await cleared('in-order', latest), await cleared('in-order')];
    await claim(ordered);
    expect(await claim(beforeOrdered)).toMatchObject({ status: 'held' });
    const [beforeBack, back] = [await cleared('back', latest), await cleared('back', latest, 'rollback')];
    await claim(back);
    expect(await holderOf('back')).toBe(back);
    expect(await claim(beforeBack)).toMatchObject({ status: 'held' });
  });

  describe('after a restore into another cluster, where positions begin anew', () => {
    /** Its claim was recorded before the restore: no event stands so late now. */
    async function claimedBefore(id: string, service: string): Promise<void> {
      const position = `${'9'.repeat(20)}-${'9'.repeat(19)}`;
      const command = { type: 'ClaimEnvironment', deployment: id, position, at: platform.now() } as const;
      await platform.environments.handle(environmentId(service, environment), command, await byPlanning(platform, id));
    }

    it('takes its place behind who waited before', async () => {
      await claim(await cleared('restored'));
      const [first, second] = [await cleared('restored'), await cleared('restored')];
      await claimedBefore(first, 'restored');
      expect(await claim(second)).toMatchObject({ status: 'held' });
      expect(await queueOf('restored')).toEqual([first, second]);
    });

    it('supersedes who waited before, where only the latest counts', async () => {
      const latest = { queue: 'latest' } as const;
      await claim(await cleared('restored-latest'));
      const [older, newer] = [await cleared('restored-latest', latest), await cleared('restored-latest', latest)];
      await claimedBefore(older, 'restored-latest');
      expect(await claim(newer)).toMatchObject({ status: 'held' });
      expect((await platform.deployments.load(older)).state.status).toBe('superseded');
      expect(await queueOf('restored-latest')).toEqual([newer]);
    });
  });

  it('passes on which of the versions concerned are quarantined, not all that ever were', async () => {
    const service = 'quarantined';
    const { version } = examplePlan();
    for (const bad of ['0.1.0', version, '0.2.0']) {
      const deployment = platform.ids();
      await lateClaim(deployment, service);
      const settled = { running: null, verifiedGood: null, quarantined: { version: bad, why: 'slow' } };
      await platform.environments.handle(
        environmentId(service, environment),
        { type: 'SettleEnvironment', deployment, outcome: 'rolled-back-verified', ...settled, at: platform.now() },
        { actor: { kind: 'system', name: 'spec' } },
      );
    }
    const id = await cleared(service);
    await claim(id);
    const requested = (await platform.store.read(deploymentStream(id))).at(-1);
    expect(requested).toMatchObject({ type: 'PreflightRequested', data: { quarantined: [version] } });
  });

  it('passes on which releases stay: the last that were verified good, and what may be gone back to', async () => {
    const service = 'keeping';
    const delivery: Plan['delivery'] = {
      deployer: 'release',
      hosts: ['local'],
      root: '/srv/keeping',
      start: { text: 'true', argv: ['true'] },
      ready: { method: 'GET', path: '/health' },
      keepReleases: 2,
    };
    const release = (version: string, deployment: string) => ({
      version,
      commit: null,
      release: `${version}-a1b2c3`,
      deployment,
    });
    const settle = async (deployment: string, outcome: string, known: ReturnType<typeof release>) => {
      await lateClaim(deployment, service);
      const settled = { running: known, verifiedGood: known, quarantined: null, at: platform.now() };
      await platform.environments.handle(
        environmentId(service, environment),
        { type: 'SettleEnvironment', deployment, outcome, ...settled },
        { actor: { kind: 'system', name: 'spec' } },
      );
    };
    const goingBackTo = (version: string): Inherited => {
      const point = { configurationDigest: null, schemaVersion: null, backupStep: null };
      return { deployment: 'earlier', rollbackPoint: { target: release(version, 'earliest'), ...point }, steps: {} };
    };
    const runs = await cleared(service, {}, 'deployment', goingBackTo('1.8.0'));
    await settle(platform.ids(), 'succeeded', release('2.0.0', 'd-0'));
    await settle(platform.ids(), 'succeeded', release('2.1.1', 'd-1'));
    await settle(runs, 'succeeded', release('2.1.0', runs));
    for (const version of ['2.2.1', '2.2.2']) await settle(platform.ids(), 'failed', release(version, 'd'));
    const [id, waiting] = [
      await cleared(service, { delivery }),
      await cleared(service, {}, 'rollback', goingBackTo('1.9.0')),
    ];
    for (const each of [id, waiting]) await lateClaim(each, service);
    await claim(id);
    const requested = (await platform.store.read(deploymentStream(id))).at(-1);
    expect(requested).toMatchObject({
      type: 'PreflightRequested',
      data: { kept: ['2.1.1-a1b2c3', '2.1.0-a1b2c3', '1.8.0-a1b2c3', '1.9.0-a1b2c3'] },
    });
  });

  it('is never made by who ended meanwhile: its own stream is read first', async () => {
    const id = await cancelled('late');
    expect(await claimEnvironment(platform, { id, now: platform.now })).toEqual([]);
    expect(await holderOf('late')).toBeNull();
  });

  it('that slips through after the end is taken back when it is reviewed', async () => {
    const id = await cancelled('slipped');
    await lateClaim(id, 'slipped');
    expect(await holderOf('slipped')).toBe(id);
    const effect = { kind: 'review-claim', deployment: id } as const;
    await reviewClaim(platform, effect, { stream: environmentStream('slipped', environment), now: platform.now });
    expect(await holderOf('slipped')).toBeNull();
  });
});
