import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId, environmentStream, type DeploymentCommand } from '@backstay/deployment';
import { examplePlan } from '@backstay/deployment/testing';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { openPlatform, readSettings, type Platform } from '@backstay/service-kit';
import { claimEnvironment } from './claim-environment.ts';
import { reviewClaim } from './review-claim.ts';
import { byPlanning } from './streams.ts';

describe('a deployment that ended while planning was about to claim its environment', () => {
  let database: TestDatabase;
  let platform: Platform;

  beforeAll(async () => {
    database = await testDatabase();
    const settings = { BACKSTAY_POSTGRES_URL: database.url, BACKSTAY_NATS_URL: 'nats://127.0.0.1:1' };
    platform = await openPlatform('planning', readSettings({ ...settings, BACKSTAY_LOG_LEVEL: 'silent' }));
  }, 60_000);
  afterAll(async () => {
    await platform?.close();
    await database?.drop();
    await stopTestParts();
  });

  const send = async (id: string, command: DeploymentCommand) =>
    platform.deployments.handle(id, command, await byPlanning(platform, id));
  const { environment } = examplePlan();
  const holderOf = async (service: string) =>
    (await platform.environments.load(environmentId(service, environment))).state.holder;

  async function cancelled(service: string): Promise<string> {
    const id = platform.ids();
    const at = platform.now();
    const origin = { source: 'spec', id, bodyDigest: id };
    const request = { document: '#' };
    await send(id, { type: 'RequestDeployment', id, kind: 'deployment', origin, request, of: null, at });
    const plan = examplePlan({ service });
    await send(id, { type: 'DraftPlan', plan, digest: 'sha256:p', commit: null, warnings: [], inherited: null });
    await send(id, { type: 'ClearBlockers', satisfied: [], at });
    await send(id, { type: 'CancelDeployment', reason: 'not today', by: 'operator', at });
    return id;
  }

  /** As if the claim had been on its way. */
  async function lateClaim(id: string, service: string): Promise<void> {
    const command = { type: 'ClaimEnvironment', deployment: id, at: platform.now() } as const;
    await platform.environments.handle(environmentId(service, environment), command, await byPlanning(platform, id));
  }

  it('never claims it: its own stream is read first', async () => {
    const id = await cancelled('late');
    expect(await claimEnvironment(platform, { id, now: platform.now })).toEqual([]);
    expect(await holderOf('late')).toBeNull();
  });

  it('lets go of what it claims all the same when its claim is reviewed', async () => {
    const id = await cancelled('slipped');
    await lateClaim(id, 'slipped');
    expect(await holderOf('slipped')).toBe(id);
    const effect = { kind: 'review-claim', deployment: id } as const;
    await reviewClaim(platform, effect, { stream: environmentStream('slipped', environment), now: platform.now });
    expect(await holderOf('slipped')).toBeNull();
  });
});
