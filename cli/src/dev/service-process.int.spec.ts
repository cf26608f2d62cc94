import { describe, expect, it } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
      await expect(start({ readyWithinMs: 300 })).rejects.toThrow('was not ready within 0.3 s');
    }));

  it('does not outlive an interruption while it starts', () =>
    withScript('setInterval(() => {}, 1000);', async (start) => {
      const interruption = new AbortController();
      setTimeout(() => interruption.abort(new Error('interrupted')), 100);
      await expect(start({ signal: interruption.signal })).rejects.toThrow('interrupted');
    }));

  it('reports when it ends by itself later', () =>
    withScript(`console.log('ready http://127.0.0.1:1'); setTimeout(() => process.exit(3), 100);`, async (start) => {
      const services = await start();
      expect((await services.ended).message).toMatch(/the platform ended with 3/);
      await services.stop();
    }));
});
