import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRequested } from '@backstay/deployment/testing';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { readSettings } from './config/config.ts';
import { PHASE_HANDLERS, type PhaseService } from './phase.module.ts';
import { openRuntime, PLATFORM, type Platform } from './platform.ts';
import { startPhaseService, startPhaseServices } from './start-service.ts';
import { Detached } from './worker/effect-handler.ts';
import type { PhaseHandlers } from './worker/phase-host.ts';

/** A planning service whose only effect lasts until the service lets go of it, and then still asks the database. */
function lasting(log: string[]) {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const handlersOf = ({ pool }: Platform): PhaseHandlers => ({
    deployment: {
      'draft-plan': async (_effect, { detach }) => {
        begin();
        if (!detach.aborted) await once(detach, 'abort');
        await pool.query('SELECT 1');
        log.push('effect left to the next');
        throw new Detached('the service drains');
      },
    },
  });
  class Lasting {
    beforeApplicationShutdown() {
      log.push('module drained');
    }
    onApplicationShutdown() {
      log.push('server closed');
    }
  }
  const service: PhaseService = {
    phase: 'planning',
    healthPort: 0,
    module: {
      module: Lasting,
      providers: [{ provide: PHASE_HANDLERS, useFactory: handlersOf, inject: [PLATFORM] }],
      exports: [PHASE_HANDLERS],
    },
  };
  return { service, begun };
}

describe('a service that closes', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await testDatabase()));
  afterAll(async () => {
    await database.drop();
    await stopTestParts();
  });

  const environment = () => ({
    BACKSTAY_POSTGRES_URL: database.url,
    BACKSTAY_NATS_URL: 'nats://127.0.0.1:1',
    BACKSTAY_NATS_AUTH: 'none',
    BACKSTAY_HEALTH_PORT: '0',
    BACKSTAY_LOG_LEVEL: 'silent',
  });

  async function request({ deployments }: Pick<Platform, 'deployments'>, id: string): Promise<void> {
    await deployments.handle(id, exampleRequested({ id }), { actor: { kind: 'system', name: 'spec' } });
  }

  it('first lets go of what runs, then closes its server, and its connections last', async () => {
    const log: string[] = [];
    const { service, begun } = lasting(log);
    const asking = await openRuntime('spec', readSettings(environment()));
    const running = await startPhaseService(service, environment());
    try {
      await request(asking, 'running');
      await begun;
      await running.close();
      expect(log).toEqual(['effect left to the next', 'module drained', 'server closed']);
      await expect(fetch(`${running.url}/health/live`)).rejects.toThrow('fetch failed');
    } finally {
      await running.close();
      await asking.close();
    }
  });

  it('leaves what it shares with other services open: whoever opened it closes it', async () => {
    const log: string[] = [];
    const { service, begun } = lasting(log);
    const runtime = await openRuntime('spec', readSettings(environment()));
    try {
      const running = await startPhaseServices([service], runtime);
      await request(runtime, 'shared');
      await begun;
      await running.close();
      expect(log).toEqual(['effect left to the next', 'module drained', 'server closed']);
      expect((await runtime.pool.query('SELECT 1')).rowCount).toBe(1);
    } finally {
      await runtime.close();
    }
    await expect(runtime.pool.query('SELECT 1')).rejects.toThrow('after calling end');
  });
});
