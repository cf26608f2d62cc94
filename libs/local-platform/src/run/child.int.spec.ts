import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exists } from '../find/unpack.ts';
import { withoutConfigured } from '../testing/servers.ts';
import { compiledTo, runModule } from './child.test-support.ts';
import { cacheDirectory, scratchDir } from './directories.ts';
import { identify, isAlive, type Identity } from './identity.ts';
import { until } from './wait.ts';

const nobody = { uid: 65534, gid: 65534 };
const asRoot = process.getuid?.() === 0 ? it : it.skip;

let scratch: string;
let library: string;

beforeAll(async () => {
  scratch = await scratchDir('child');
  library = await compiledTo(join(scratch, 'compiled'));
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

const stopsWhenAsked = `
  const waiting = setInterval(() => undefined, 1000);
  process.once('SIGTERM', () => parts.stop().then(() => clearInterval(waiting)));`;

/** `ready` runs before the first line is printed: what is asked for after that line is heard. */
const starting = (dataDir: string, options: string, then: string, ready = '') => `
  import { startPlatformParts } from ${JSON.stringify(library)};
  const options = { dataDir: ${JSON.stringify(dataDir)}, say: () => undefined, fast: true, ${options} };
  const parts = await startPlatformParts(options);
  const running = [parts.postgres, parts.nats, parts.redis].filter(Boolean);
  ${ready}
  console.log(JSON.stringify(running.map(({ name, pid, version }) => ({ name, pid, version }))));
  ${then}`;

interface Reported {
  name: string;
  pid: number;
  version: string;
}

const identities = (reported: Reported[]) => reported.map(({ pid }) => identify(pid) as Identity);

const untilGone = (servers: Identity[]) =>
  until(
    async () => {
      const left = servers.filter(isAlive);
      if (left.length > 0) throw new Error(`${left.length} servers outlived their owner`);
    },
    { within: 100_000 },
  );

describe('servers and the process that started them', () => {
  it('end together, though it is killed; and what it would have removed is removed', async () => {
    const dataDir = join(scratch, 'killed');
    const child = runModule(starting(dataDir, 'ephemeral: true', 'setInterval(() => undefined, 1000);'), {
      env: withoutConfigured(process.env),
    });
    const servers = identities((await child.reported) as Reported[]);
    expect(servers.length).toBeGreaterThanOrEqual(2);
    child.process.kill('SIGKILL');
    await untilGone(servers);
    await until(async () => expect(await exists(dataDir)).toBe(false), { within: 100_000 });
  });

  it('end together, when it exits without stopping them', async () => {
    const child = runModule(starting(join(scratch, 'exited'), '', 'process.exit(0);'), {
      env: withoutConfigured(process.env),
    });
    const ended = once(child.process, 'exit');
    const servers = identities((await child.reported) as Reported[]).filter(Boolean);
    expect(await ended).toEqual([0, null]);
    await untilGone(servers);
  });

  asRoot(
    'are an ordinary user’s, when an ordinary user starts them',
    async () => {
      const [dataDir, cache] = [join(scratch, 'ordinary'), join(scratch, 'cache')];
      await mkdir(dataDir);
      // What was downloaded for root serves again.
      await cp(await cacheDirectory(process.env, scratch), join(cache, 'backstay'), {
        recursive: true,
        filter: (path) => !path.includes('/prometheus'),
      }).catch(() => mkdir(cache));
      execFileSync('chown', ['--recursive', `${nobody.uid}:${nobody.gid}`, dataDir, cache]);
      const env = { ...withoutConfigured(process.env), XDG_CACHE_HOME: cache, HOME: dataDir };
      const child = runModule(starting(dataDir, '', '', stopsWhenAsked), { env, account: nobody });
      const reported = (await child.reported) as Reported[];
      expect(reported.map(({ name }) => name)).toEqual(['postgres', 'nats', 'redis']);
      for (const { pid } of reported) expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s/m);
      const servers = identities(reported);
      const ended = once(child.process, 'exit');
      child.process.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(servers.filter(isAlive)).toEqual([]);
    },
    180_000,
  );
});
