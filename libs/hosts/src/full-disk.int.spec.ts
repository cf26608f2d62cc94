import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textFrom } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { eventually } from '@backstay/local-platform/testing';
import { type CommandOutcome, probeCommand, runCommand, SupervisorFailed } from './index.ts';
import { attemptFolder, stepFolder } from './step-folder.ts';
import { exited, textOf, workbench } from './testing/index.ts';

let bench: ReturnType<typeof workbench>;
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

const attempt = () => attemptFolder(stepFolder(bench.request('')), 1);
const script = fileURLToPath(new URL('../supervisor/supervisor.mjs', import.meta.url));

/** Runs the command where no file can grow beyond 128 KiB, as if the disk were full there. */
async function runWithoutSpace(command: string): Promise<CommandOutcome> {
  const request = bench.request('');
  const step = stepFolder(request);
  mkdirSync(join(step, 'tokens'), { recursive: true });
  const limited = ['-c', 'ulimit -f 256; exec "$@"', 'sh', process.execPath, script];
  const supervisor = spawn('/bin/sh', limited, { stdio: ['pipe', 'ignore', 'inherit'] });
  const commands = [{ text: command, argv: ['/bin/sh', '-c', command] }];
  const more = { step, commands, env: { PATH: process.env.PATH }, mask: [], outputLimitBytes: 10_000_000 };
  supervisor.stdin.end(JSON.stringify({ ...request, ...more }));
  await once(supervisor, 'exit');
  const probe = probeCommand(request);
  if (probe.status !== 'ended') throw new Error(`it has no end: ${JSON.stringify(probe)}`);
  return probe.outcome;
}

describe('when the disk is full', () => {
  it('the end can still be written: its space is taken with the claim', async () => {
    const running = runCommand(bench.request('echo up > up; while [ ! -e go ]; do sleep 0.05; done'));
    await eventually(() => textOf(bench.path('up')), 'the command');
    const space = statSync(join(attempt(), 'end.json.tmp'));
    expect(space.blocks * 512).toBeGreaterThanOrEqual(64 * 1024);
    writeFileSync(bench.path('go'), '');
    exited(await running);
    const end = statSync(join(attempt(), 'end.json'));
    expect({ ino: end.ino, size: end.size }).toEqual({ ino: space.ino, size: space.size });
  });

  it('output that has no space is cut off and marked, and the command goes on', async () => {
    const { exitCode, output } = exited(await runWithoutSpace('head -c 1000000 /dev/zero; echo; echo the end; exit 3'));
    expect(exitCode).toBe(3);
    expect(output).toMatchObject({ bytes: 131_072, totalBytes: 1_000_009, truncated: true });
    expect(output.tail).toMatch(/\nthe end\n$/);
    const stored = readFileSync(output.path);
    expect(stored).toHaveLength(131_072);
    expect(output.sha256).toBe(createHash('sha256').update(stored).digest('hex'));
  });

  it('a command for which the machine has no process has no outcome, and its attempt is free again', async () => {
    const request = bench.request('echo ran > ledger');
    const step = stepFolder(request);
    mkdirSync(join(step, 'tokens'), { recursive: true });
    // Enough descriptors for a supervisor, and none for the pipes of a command.
    const limited = ['-c', 'ulimit -n 24; exec "$@"', 'sh', process.execPath, script];
    const supervisor = spawn('/bin/sh', limited, { stdio: ['pipe', 'ignore', 'pipe'] });
    const message = textFrom(supervisor.stderr);
    const commands = [{ text: 'true', argv: ['/bin/true'] }];
    const more = { step, commands, env: { PATH: process.env.PATH }, mask: [], outputLimitBytes: 10_000 };
    supervisor.stdin.end(JSON.stringify({ ...request, ...more }));
    const [code] = (await once(supervisor, 'exit')) as [number];
    expect([code, await message]).toEqual([22, expect.stringContaining('EMFILE')]);
    expect(probeCommand(request)).toEqual({ status: 'none' });
  });

  it('a claim that cannot be made is not an outcome of the command', async () => {
    const request = bench.request('echo ran > ledger');
    mkdirSync(stepFolder(request), { recursive: true });
    symlinkSync('nowhere', attempt());
    const running = runCommand(request);
    await expect(running).rejects.toThrow(SupervisorFailed);
    await expect(running).rejects.toThrow(/^the command's supervisor cannot begin: ENOTDIR/);
    expect(textOf(bench.path('ledger'))).toBe('');
  });
});
