import { rm } from 'node:fs/promises';
import { recipes } from '../find/recipe.ts';
import type { Part, ProvisionOptions } from '../part.ts';
import { startNats } from '../parts/nats.ts';
import { startPostgres } from '../parts/postgres.ts';
import { startRedis } from '../parts/redis.ts';
import { scratchDir } from '../run/directories.ts';

const closing = new Set<() => Promise<void>>();

/** Has `close` called by `stopTestParts`. */
export function closeLater(close: () => Promise<void>): void {
  closing.add(close);
}

/** Configured servers are somebody's own: tests never write to them. */
export const withoutConfigured = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !recipes.some(({ variable }) => variable === name)));

/** Options for a server that leaves nothing behind. */
export const testOptions = (dataDir: string): ProvisionOptions => ({
  dataDir,
  env: withoutConfigured(process.env),
  say: () => undefined,
  fast: true,
  ephemeral: true,
});

async function startTemporary<P extends Part | undefined>(
  start: (options: ProvisionOptions) => Promise<P>,
  more: Pick<ProvisionOptions, 'natsAccounts'> = {},
): Promise<P> {
  const dataDir = await scratchDir('test');
  const part = await start({ ...testOptions(dataDir), ...more });
  closeLater(async () => {
    await part?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return part;
}

/** A NATS server with JetStream of its own, to be used, killed and wiped at will; without accounts, by anybody. */
export const startTestNats = (natsAccounts?: string): Promise<Part> => startTemporary(startNats, { natsAccounts });

/** A PostgreSQL cluster of its own, for tests that kill or wipe it; to others, `testDatabase` gives a database far sooner. */
export const startTestPostgres = (): Promise<Part> => startTemporary(startPostgres);

/**
 * A Redis server of its own.
 * @throws Error where this machine has no Redis and cannot obtain one
 */
export async function startTestRedis(): Promise<Part> {
  const redis = await startTemporary(startRedis);
  if (!redis) throw new Error('no Redis is available here: `backstay doctor` reports why');
  return redis;
}

/** Stops the servers and drops the databases that this test file asked for. For `afterAll`. */
export async function stopTestParts(): Promise<void> {
  const all = [...closing];
  closing.clear();
  const ended = await Promise.allSettled(all.map((close) => close()));
  const failures = ended.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'not every part could be stopped');
}
