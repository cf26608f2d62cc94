import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { testDatabase } from '@backstay/local-platform/testing';
import { readSettings } from '../config/config.ts';
import { PlatformModule } from '../platform.module.ts';
import { openPlatform, type Platform } from '../platform.ts';
import { PHASE_HANDLERS, type PhaseService } from '../phase.module.ts';
import type { PhaseHandlers } from '../worker/phase-host.ts';

/** A service, and a database and a data folder of its own. */
export interface StageSetup {
  readonly service: Pick<PhaseService, 'phase' | 'module'>;
  readonly platform: Platform;
  readonly dataDir: string;
  close(): Promise<void>;
}

/** The handlers of a phase, as its module makes them on a platform. */
export async function handlersOn(platform: Platform, { module }: Pick<PhaseService, 'module'>): Promise<PhaseHandlers> {
  const imports = [PlatformModule.forRoot(platform), module];
  return (await Test.createTestingModule({ imports }).compile()).get<PhaseHandlers>(PHASE_HANDLERS);
}

/** The machine is called `here`; environment profiles are read from `environments.yaml` in the data folder. */
export async function stageSetup(service: StageSetup['service']): Promise<StageSetup> {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), `backstay-${service.phase}-`));
  const settings = readSettings({
    BACKSTAY_POSTGRES_URL: database.url,
    BACKSTAY_NATS_AUTH: 'none',
    BACKSTAY_DATA_DIR: dataDir,
    BACKSTAY_ENVIRONMENTS: join(dataDir, 'environments.yaml'),
    BACKSTAY_LOG_LEVEL: process.env['SPEC_LOG'] ?? 'silent',
    BACKSTAY_HOST_NAME: 'here',
    BACKSTAY_ROLLBACK_RESERVE: '1MiB',
  });
  const platform = await openPlatform(service.phase, settings);
  const close = async () => {
    await platform.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { service, platform, dataDir, close };
}
