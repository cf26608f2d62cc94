import { describe, expect, it } from 'vitest';
import { PartMissing } from '../part.ts';
import { converse } from './conversation.ts';
import { inDataDirectory } from './data-directory.test-support.ts';
import { startRedis } from './redis.ts';

const say = (url: string, request: string) =>
  converse({ host: '127.0.0.1', port: Number(new URL(url).port), request: `${request}\r\n`, until: /\r\n/ });

describe('Redis', () => {
  it('serves, and forgets everything at a restart', () =>
    inDataDirectory(async ({ options, keep }) => {
      const redis = keep(await startRedis(options));
      if (!redis) throw new PartMissing('redis', 'Redis', [], 'see the messages before');
      expect(await say(redis.url, 'SET cached 1')).toBe('+OK\r\n');
      redis.kill('SIGKILL');
      await redis.restart();
      expect(await say(redis.url, 'EXISTS cached')).toBe(':0\r\n');
    }));

  it('is done without, and the reason is reported, where there is none', () =>
    inDataDirectory(async ({ options, lines }) => {
      expect(await startRedis(options, [])).toBeUndefined();
      expect(lines.join('\n')).toContain('going on without Redis, which is optional');
    }));

  it('is done without where the configured one does not respond', () =>
    inDataDirectory(async ({ options, lines }) => {
      expect(await startRedis({ ...options, env: { BACKSTAY_REDIS_URL: 'redis://127.0.0.1:1' } })).toBeUndefined();
      expect(lines.join('\n')).toContain('Redis in BACKSTAY_REDIS_URL does not respond');
    }));
});
