import { describe, expect, it } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@backstay/local-platform/testing';
import { inFolder } from '../testing/world.test-support.ts';
import { startServiceProcess, type ServiceProcess } from './service-process.ts';

const serving = `console.log('ready http://127.0.0.1:7399'); setInterval(() => {}, 1000);`;

const withScript = <T>(
  script: string,
  use: (start: (more?: object) => Promise<ServiceProcess>, log: string) => Promise<T>,
) =>
  inFolder(async (folder) => {
    const [entry, log] = [join(folder, 'entry.mjs'), join(folder, 'log')];
    await writeFile(entry, script);
    return use(
      (more = {}) => startServiceProcess({ entry, env: { ...process.env, NODE_OPTIONS: '' }, log, ...more }),
      log,
    );
  });

const isAlive = (pid: number | undefined) => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the process of the services', () => {
  it('is ready when it says so, and everything that it prints is kept', () =>
    withScript(`console.error('hello'); ${serving}`, async (start, log) => {
      const services = await start();
      expect(services.url).toBe('http://127.0.0.1:7399');
      await services.stop();
      expect(await readFile(log, 'utf8')).toMatch(/hello/);
    }));

  it('is asked to end and drains', () =>
    withScript(
      `process.on('SIGTERM', () => { console.error('drained'); process.exit(0); }); ${serving}`,
      async (start, log) => {
        const services = await start();
        await Promise.all([services.stop(), services.stop()]);
        expect(isAlive(services.pid)).toBe(false);
        expect(await readFile(log, 'utf8')).toContain('drained');
      },
    ));

  it('is ended when it does not end', () =>
    withScript(`process.on('SIGTERM', () => {}); ${serving}`, async (start) => {
      const services = await start({ endsWithinMs: 200 });
      await services.stop();
      expect(isAlive(services.pid)).toBe(false);
    }));

  it('reports its last output when it ends before it is ready', () =>
    withScript(`console.error('BACKSTAY_POSTGRES_URL: expected'); process.exitCode = 2;`, async (start) => {
      await expect(start()).rejects.toThrow(/the platform ended with 2\.[^]*BACKSTAY_POSTGRES_URL: expected/);
    }));

  it('is not waited for for ever', () =>
    withScript('setInterval(() => {}, 1000);', async (start) => {
      await expect(start({ readyWithinMs: 300 })).rejects.toThrow('was not ready within 300 ms');
    }));

  it('does not outlive an interruption while it starts', () =>
    withScript('console.error(`pid ${process.pid}.`); setInterval(() => {}, 1000);', async (start, log) => {
      const interruption = new AbortController();
      const starting = start({ signal: interruption.signal });
      const pid = eventually(
        async () => /pid (\d+)\./.exec(await readFile(log, 'utf8').catch(() => ''))?.[1],
        'it runs',
      );
      void pid.then(() => interruption.abort(new Error('interrupted')));
      await expect(starting).rejects.toThrow('interrupted');
      expect(isAlive(Number(await pid))).toBe(false);
    }));

  it('reports when it ends by itself later', () =>
    withScript(`process.once('SIGUSR2', () => process.exit(3)); ${serving}`, async (start) => {
      const services = await start();
      process.kill(services.pid!, 'SIGUSR2');
      expect((await services.ended).message).toMatch(/the platform ended with 3/);
      await services.stop();
    }));
});
