import { describe, expect, it } from 'vitest';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configure, place, startRelease } from '@backstay/deployers';
import { freePort } from '@backstay/local-platform';
import { inFolder } from '../testing/world.test-support.ts';
import { leftLines, leftServices } from './left-services.ts';
import { stopLeftService } from './stop-service.ts';

const server = `import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(Number(process.argv[2]), '127.0.0.1');`;

describe('a deployed service, when the platform ends', () => {
  it('is listed with its process, its root and the command that ends it, until it is ended', () =>
    inFolder(async (folder) => {
      const root = join(folder, 'greeter');
      const source = join(folder, 'source');
      await mkdir(source);
      await writeFile(join(source, 'server.mjs'), server);
      const profile = join(folder, 'environments.yaml');
      await writeFile(
        profile,
        `environments:\n  staging:\n    services:\n      greeter: { deployer: release, root: ${root} }\n`,
      );
      expect(await leftServices(profile)).toEqual([]);
      const port = await freePort();
      const at = { root, token: 1 };
      try {
        const { name } = await place({ ...at, source, version: '1.0.0', commit: 'a'.repeat(40) });
        await configure({ ...at, release: name, deployment: 'd1', environment: {} });
        const ready = { url: `http://127.0.0.1:${port}/`, allow: [`127.0.0.1:${port}`] };
        const start = ['node', 'server.mjs', String(port)];
        const signal = new AbortController().signal;
        await startRelease({ ...at, release: name, start, ready, timeoutMs: 20_000, signal });
        const [left, ...others] = await leftServices(profile);
        expect(others).toEqual([]);
        expect(left).toMatchObject({ service: 'greeter', environment: 'staging', root, pid: expect.any(Number) });
        expect(leftLines([left!])[1]).toBe(
          `  greeter in staging, process ${left!.pid}, below ${root}: kill ${left!.supervisor} ends it with its supervisor`,
        );
      } finally {
        await stopLeftService(root);
      }
      expect(await leftServices(profile)).toEqual([]);
    }));

  it('is none where no profile is there, or none that can be read', async () => {
    expect(await leftServices(undefined)).toEqual([]);
    expect(await leftServices('/nowhere/environments.yaml')).toEqual([]);
    expect(leftLines([])).toEqual([]);
  });
});
