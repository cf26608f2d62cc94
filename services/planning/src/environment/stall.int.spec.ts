import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentStream } from '@backstay/deployment';
import { eventually, stopTestParts } from '@backstay/local-platform/testing';
import { hostedPhase, PhaseHost } from '@backstay/service-kit';
import { handlersOn, PhaseStage, planOf, run } from '@backstay/service-kit/testing';
import { planningService } from '../planning.module.ts';

const minuteMs = 60_000;

describe('a deployment whose execution never comes', () => {
  let stage: PhaseStage;
  let host: PhaseHost;
  beforeAll(async () => void (stage = await new PhaseStage(planningService).open()));
  afterAll(async () => {
    await host?.stop();
    await stage?.close();
    await stopTestParts();
  });

  it('is looked at for a while by planning, and then ended', async () => {
    const id = await stage.planned(planOf([run('deploy.1', 'true')]));
    let clock = Date.now() + 60 * minuteMs;
    const now = () => new Date(clock).toISOString();
    const platform = { ...stage.platform, now, clock: { ...stage.platform.clock, now } };
    const { deployment } = await handlersOn(platform, planningService);
    let looks = 0;
    const watched: typeof deployment = {
      ...deployment,
      'end-stall': (effect, context) => deployment['end-stall']!(effect, context).finally(() => void (looks += 1)),
    };
    host = new PhaseHost(platform, [hostedPhase('planning', { deployment: watched }, platform)]);
    const lookAgain = async (): Promise<void> => {
      const seen = looks;
      host.wake('planning', deploymentStream(id));
      await eventually(async () => looks > seen);
      clock += minuteMs;
    };
    for (let minute = 0; minute < 10; minute += 1) await lookAgain();
    expect(await stage.types(id)).not.toContain('DeploymentAbandoned');
    await lookAgain();
    await eventually(async () => (await stage.types(id)).includes('DeploymentAbandoned'));
    expect(await stage.state(id)).toMatchObject({
      status: 'abandoned',
      reason: expect.stringContaining('execution has recorded nothing since'),
    });
  });
});
