import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchDir } from '@backstay/local-platform';

const launcher = fileURLToPath(new URL('../cli/bin/backstay.mjs', import.meta.url));

interface ObservedEvent {
  readonly code: number | null;
  readonly text: string;
}

/** Runs the demo as its users do, without a terminal. */
function demo(dataDir: string, ...options: string[]): Promise<ObservedEvent> {
  const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], BACKSTAY_DATA_DIR: dataDir };
  const child = spawn(process.execPath, [launcher, 'demo', ...options], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
}

/** Command lines of processes that live below this folder. */
function leftBelow(folder: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

describe('the demo', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await scratchDir('demo');
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('plays its scenario with the template and no more: green, then bad under load, then back', async () => {
    const { code, text } = await demo(dataDir);
    expect([code, text]).toEqual([0, expect.stringMatching(/rolled back because error rate was/)]);
    expect(text).toMatch(/first green deployment after/);
    expect(text).toMatch(/served now: 1\.1\.0/);
    expect(leftBelow(dataDir)).toEqual([]);
  });

  it('says so, and fails, when the scenario does not happen', async () => {
    const { code, text } = await demo(dataDir, '--without-fault');
    expect([code, text]).toEqual([1, expect.stringMatching(/the scenario did not happen: .*1\.2\.0 is succeeded/)]);
    expect(leftBelow(dataDir)).toEqual([]);
  });
});
