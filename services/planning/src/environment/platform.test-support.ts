import { afterAll, beforeAll } from 'vitest';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { openPlatform, readSettings, type Platform } from '@backstay/service-kit';

/** Planning's platform on a database of its own, without NATS, for the tests of one `describe`. */
export function usePlatform(): () => Platform {
  let database: TestDatabase;
  let platform: Platform;
  beforeAll(async () => {
    database = await testDatabase();
    const settings = { BACKSTAY_POSTGRES_URL: database.url, BACKSTAY_NATS_URL: 'nats://127.0.0.1:1' };
    platform = await openPlatform(
      'planning',
      readSettings({ ...settings, BACKSTAY_NATS_AUTH: 'none', BACKSTAY_LOG_LEVEL: 'silent' }),
    );
  });
  afterAll(async () => {
    await platform?.close();
    await database?.drop();
    await stopTestParts();
  });
  return () => platform;
}
