import type { Part, ProvisionOptions } from '../part.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

export interface PlatformParts {
  postgres: Part;
  nats: Part;
  /** Undefined where there is no Redis: everything works without it. */
  redis: Part | undefined;
  /** Stops all of them. */
  stop(): Promise<void>;
}

/**
 * Starts what the platform stands on. If one fails, those that started are stopped again.
 * @throws PartMissing, PartFailed, PartInUse
 */
export async function startPlatformParts(options: ProvisionOptions): Promise<PlatformParts> {
  const starts = [startPostgres(options), startNats(options), startRedis(options)] as const;
  const settled = await Promise.allSettled(starts);
  const stop = async () => {
    const started = settled.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
    await Promise.all(started.map((part) => part.stop()));
  };
  try {
    const [postgres, nats, redis] = await Promise.all(starts);
    return { postgres, nats, redis, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
