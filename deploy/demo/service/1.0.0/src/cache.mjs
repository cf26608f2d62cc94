import { Redis } from './vendor.mjs';

const none = { read: async () => null, write: async () => {}, state: () => 'none', close: async () => {} };

/** A cache is never needed: without Redis, or when Redis is away, every read is a miss. */
export function openCache({ url, prefix, log }) {
  if (!url) return none;
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 500,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  let away = false;
  redis.on('ready', () => (away = false));
  redis.on('error', (error) => {
    if (!away) log.warn('redis is away', { error: error.message });
    away = true;
  });
  return {
    read: async (key) => JSON.parse((await redis.get(prefix + key).catch(() => null)) ?? 'null'),
    write: async (key, value, seconds) => {
      await redis.set(prefix + key, JSON.stringify(value), 'EX', seconds).catch(() => null);
    },
    state: () => (redis.status === 'ready' ? 'connected' : 'away'),
    close: async () => redis.disconnect(),
  };
}
