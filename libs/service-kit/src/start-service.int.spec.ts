import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployment, deploymentStream, type DeploymentCommand } from '@backstay/deployment';
import { CommandHandler } from '@backstay/event-sourcing';
import type { Part } from '@backstay/local-platform';
import { testNats, stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { readSettings } from './config/config.ts';
import { openPlatform } from './platform.ts';
import { startPhaseService, type PhaseService } from './start-service.ts';

/** A way in that only tells that it was opened. */
class Ear extends Server implements CustomTransportStrategy {
  readonly opened: Promise<void>;
  #open = (): void => {};

  constructor() {
    super();
    this.opened = new Promise((resolve) => (this.#open = resolve));
  }

  override listen(callback: () => void): void {
    this.#open();
    callback();
  }
  override close(): void {}
  override on(): void {}
  override unwrap<T>(): T {
    return this as unknown as T;
  }
}

const rejecting = (ear: Ear, rejected: (id: string) => void): PhaseService => ({
  phase: 'planning',
  healthPort: 0,
  performers: () => ({
    deployment: {
      'draft-plan': (_effect, { id, now }) => {
        rejected(id);
        return Promise.resolve([{ type: 'RejectDeployment', because: 'document', problems: [], at: now() }]);
      },
    },
  }),
  transport: () => ear,
});

describe('a service', () => {
  let database: TestDatabase;
  let nats: Part;

  beforeAll(async () => {
    [database, nats] = [await testDatabase(), await testNats()];
  }, 60_000);
  afterAll(async () => {
    await database.drop();
    await stopTestParts();
  });

  const environment = () => ({
    BACKSTAY_POSTGRES_URL: database.url,
    BACKSTAY_NATS_URL: nats.url,
    BACKSTAY_HEALTH_PORT: '0',
    BACKSTAY_LOG_LEVEL: 'silent',
  });

  async function request(id: string): Promise<void> {
    const platform = await openPlatform('spec', readSettings(environment()));
    const at = platform.now();
    const origin = { source: 'spec', id, bodyDigest: 'x' };
    const asked = { id, kind: 'deployment', origin, request: { document: '' }, of: null, at } as const;
    const command: DeploymentCommand = { type: 'RequestDeployment', ...asked };
    const actor = { kind: 'system', name: 'spec' } as const;
    const metadata = { commandId: platform.ids(), time: at, actor, correlation: id, causation: null };
    await new CommandHandler(deployment, platform).handle(deploymentStream(id), command, metadata);
    await platform.close();
  }

  it('starts and works while NATS is away, and joins it when it comes', async () => {
    await nats.stop();
    const ear = new Ear();
    let told = (_id: string): void => {};
    const rejected = new Promise<string>((resolve) => (told = resolve));
    const service = await startPhaseService(
      rejecting(ear, (id) => told(id)),
      environment(),
    );
    try {
      expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
      await request('without-a-bus');
      expect(await rejected).toBe('without-a-bus');
      await nats.restart();
      await ear.opened;
    } finally {
      await service.close();
    }
  }, 60_000);

  it('leaves while NATS is away', async () => {
    await nats.stop();
    const service = await startPhaseService(
      rejecting(new Ear(), () => undefined),
      environment(),
    );
    await service.close();
  }, 60_000);
});
