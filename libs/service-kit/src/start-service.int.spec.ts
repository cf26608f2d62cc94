import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRequested } from '@backstay/deployment/testing';
import { connectBus, ensureStreams, intakeSubject, type BusMessage } from '@backstay/jetstream';
import type { Part } from '@backstay/local-platform';
import { testNats, stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { readSettings } from './config/config.ts';
import { openPlatform, type Platform } from './platform.ts';
import { PHASE_HANDLERS, type PhaseService } from './phase.module.ts';
import { startPhaseService } from './start-service.ts';
import type { PhaseHandlers } from './worker/phase-host.ts';

let heard = (_text: string): void => undefined;

@Controller()
class Intake {
  @EventPattern<string>(intakeSubject)
  hear(@Payload() { data }: BusMessage): void {
    heard(new TextDecoder().decode(data));
  }
}

const rejecting = (rejected: (id: string) => void): PhaseService => ({
  phase: 'planning',
  healthPort: 0,
  module: {
    module: class Rejecting {},
    controllers: [Intake],
    providers: [{ provide: PHASE_HANDLERS, useFactory: () => rejectingHandlers(rejected) }],
    exports: [PHASE_HANDLERS],
  },
});

const rejectingHandlers = (rejected: (id: string) => void): PhaseHandlers => ({
  deployment: {
    'draft-plan': (_effect, { id, now }) => {
      rejected(id);
      return Promise.resolve([{ type: 'RejectDeployment', because: 'document', problems: [], at: now() }]);
    },
  },
});

describe('a service', () => {
  let database: TestDatabase;
  let nats: Part;

  beforeAll(async () => {
    [database, nats] = [await testDatabase(), await testNats()];
  });
  afterAll(async () => {
    await database.drop();
    await stopTestParts();
  });

  const environment = () => ({
    BACKSTAY_POSTGRES_URL: database.url,
    BACKSTAY_NATS_URL: nats.url,
    BACKSTAY_NATS_AUTH: 'none',
    BACKSTAY_HEALTH_PORT: '0',
    BACKSTAY_LOG_LEVEL: 'silent',
  });

  async function request(platform: Platform, id: string): Promise<void> {
    await platform.deployments.handle(id, exampleRequested({ id }), { actor: { kind: 'system', name: 'spec' } });
  }

  async function elsewhere<T>(work: (platform: Platform) => Promise<T>): Promise<T> {
    const platform = await openPlatform('spec', readSettings(environment()));
    try {
      return await work(platform);
    } finally {
      await platform.close();
    }
  }

  it('starts and works while NATS is away, and joins it when it comes', async () => {
    await nats.stop();
    let report = (_id: string): void => undefined;
    const rejected = new Promise<string>((resolve) => (report = resolve));
    const hearing = new Promise<string>((resolve) => (heard = resolve));
    const service = await startPhaseService(
      rejecting((id) => report(id)),
      environment(),
    );
    try {
      expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
      await elsewhere((platform) => request(platform, 'without-a-bus'));
      expect(await rejected).toBe('without-a-bus');
      await nats.restart();
      const bus = await connectBus({ url: nats.url, name: 'spec', onStatus: () => undefined });
      await ensureStreams(bus.js);
      await bus.js.publish(intakeSubject, 'a request');
      expect(await hearing).toBe('a request');
      await bus.close();
    } finally {
      await service.close();
    }
  });

  it('leaves while NATS is away', async () => {
    await nats.stop();
    const service = await startPhaseService(
      rejecting(() => undefined),
      environment(),
    );
    await service.close();
  });
});
