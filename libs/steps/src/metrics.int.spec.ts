import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery } from '@backstay/document';
import { activate, place, serviceLimits, serviceState, stopService } from '@backstay/deployers';
import { examplePlan } from '@backstay/deployment/testing';
import { InstrumentedService } from '@backstay/telemetry/testing';
import { metricReaderOf } from './metrics.ts';

let folder = '';
let root = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backstay-limits-'));
  root = join(folder, 'srv');
  const source = join(folder, 'source');
  for (const each of [root, source]) mkdirSync(each);
  writeFileSync(join(source, 'server.mjs'), 'setInterval(() => undefined, 60_000);\n');
  const { name } = await place({ root, token: 1, source, version: '1.0.0', commit: 'a'.repeat(40) });
  const start = [process.execPath, 'server.mjs'];
  await activate({ root, token: 1, release: name, start, ready: async () => true, timeoutMs: 20_000 });
});
afterEach(async () => {
  await stopService({ root, token: 2 });
  rmSync(folder, { recursive: true, force: true });
});

const planOf = (limits: { cores: number | null; memoryBytes: number | null }, more: Partial<Delivery> = {}) => ({
  monitoring: { limits },
  delivery: {
    deployer: 'release' as const,
    hosts: ['local'],
    root,
    start: { text: 'node server.mjs', argv: ['node', 'server.mjs'] },
    ready: { method: 'GET' as const, path: '/' },
    keepReleases: 3,
    ...more,
  },
});
const none = { cores: null, memoryBytes: null };

describe('the limits of a deployed service', () => {
  it("are those of its own process's control group where the profile says none", async () => {
    const { pid } = await serviceState({ root });
    const files: Record<string, string> = {
      [`/proc/${pid}/cgroup`]: '0::/orders\n',
      '/sys/fs/cgroup/orders/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/orders/memory.max': '4096\n',
    };
    const read = async (path: string) => files[path] ?? null;
    expect(await serviceLimits(planOf(none), read)).toEqual({ cores: 1.5, memoryBytes: 4096 });
    expect(await serviceLimits(planOf({ cores: 2, memoryBytes: null }), read)).toEqual({ cores: 2, memoryBytes: 4096 });
    expect(await serviceLimits(planOf(none, { hosts: ['deploy@host'] }), read)).toEqual(none);
    expect(await serviceLimits({ ...planOf(none), delivery: null }, read)).toEqual(none);
    await stopService({ root, token: 1 });
    expect(await serviceLimits(planOf(none), read)).toEqual(none);
  });

  it('are what its memory is a share of', async () => {
    const { pid } = await serviceState({ root });
    const files: Record<string, string> = {
      [`/proc/${pid}/cgroup`]: '0::/\n',
      '/sys/fs/cgroup/memory.max': `${1024 ** 3}\n`,
    };
    const service = await InstrumentedService.start();
    try {
      const source = { kind: 'scrape' as const, url: service.url };
      const memory = { metric: 'memory', unit: 'ratio' as const, optional: false, source: { line: 1 } };
      const { monitoring, rollback } = examplePlan();
      const plan = examplePlan({
        monitoring: { ...monitoring, source, limits: none, metrics: [memory], thresholds: [] },
        rollback: { ...rollback, triggers: [] },
        allow: [service.host],
        delivery: planOf(none).delivery,
      });
      const reader = metricReaderOf(plan, (each) => serviceLimits(each, async (path) => files[path] ?? null));
      const reading = await reader?.read(new Date().toISOString());
      expect(reading?.samples).toMatchObject([{ metric: 'memory', value: 0.125 }]);
    } finally {
      await service.stop();
    }
  });
});
