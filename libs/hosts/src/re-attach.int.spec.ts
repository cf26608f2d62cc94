import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '@backstay/local-platform/testing';
import { identityOf } from '../supervisor/machine.mjs';
import { build, startOrchestrator } from './orchestrator.test-support.ts';
import { exited, isRunning, textOf, workbench } from './testing/index.ts';
import type { CommandRequest } from './index.ts';
import { forgetCommand, interruptCommand, probeCommand, runCommand, StaleToken } from './index.ts';

let bench: ReturnType<typeof workbench>;
beforeAll(build);
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

function orchestrator(request: CommandRequest) {
  const other = startOrchestrator();
  void other.run(request);
  return other;
}

const supervisorPid = (): number => {
  const probe = probeCommand(bench.request(''));
  return probe.status === 'running' ? probe.pid : 0;
};

const slow =
  'echo ran >> ledger; echo $$ > pid; echo begun; while [ ! -e go ]; do sleep 0.05; done; echo finished; exit 4';
const begun = () => eventually(() => textOf(bench.path('pid')).trim(), 'the command').then(Number);

const claimFile = () => {
  const [step] = readdirSync(bench.path('commands'));
  return join(bench.path('commands'), step ?? '', 'attempt-1', 'claim.json');
};

describe('when the orchestrator is killed while a command runs', () => {
  it('the command goes on, and the next orchestrator gets its end: it ran exactly once', async () => {
    const request = bench.request(slow);
    const first = orchestrator(request);
    const pid = await begun();
    await first.kill();
    expect(isRunning(pid)).toBe(true);
    expect(probeCommand(request)).toMatchObject({ status: 'running', attempt: 1 });
    const second = runCommand({ ...request, token: 2 });
    writeFileSync(bench.path('go'), '');
    expect(exited(await second)).toMatchObject({ exitCode: 4, output: { tail: 'begun\nfinished\n' } });
    expect(textOf(bench.path('ledger'))).toBe('ran\n');
  });

  it('the deadline is kept without it', async () => {
    const request = bench.request('trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done', { timeoutMs: 1_000 });
    const first = orchestrator(request);
    const pid = await begun();
    await first.kill();
    const probe = await eventually(() => {
      const seen = probeCommand(request);
      return seen.status === 'ended' ? seen : null;
    }, 'the end');
    expect(probe.outcome.status).toBe('timed-out');
    expect(isRunning(pid)).toBe(false);
  });

  it('its successor can end the command, and whoever was slow can begin nothing', async () => {
    const request = bench.request(slow);
    const first = orchestrator(request);
    const pid = await begun();
    await first.kill();
    const probe = await interruptCommand({ ...request, token: 2 });
    expect(probe).toMatchObject({ status: 'ended', outcome: { status: 'interrupted' } });
    expect(isRunning(pid)).toBe(false);
    await expect(runCommand({ ...request, attempt: 2, token: 1 })).rejects.toThrow(StaleToken);
  });
});

describe('when the supervisor itself is killed', () => {
  it('the outcome is unknown, never failed, and what still runs can be ended', async () => {
    const request = bench.request(slow);
    const running = runCommand(request);
    const pid = await begun();
    process.kill(supervisorPid(), 'SIGKILL');
    expect(await running).toEqual({
      status: 'unknown',
      why: 'its supervisor is gone and left no record of the end',
      running: true,
    });
    expect(await interruptCommand({ ...request, token: 2 })).toMatchObject({ status: 'unknown', running: false });
    expect(isRunning(pid)).toBe(false);
    expect(await runCommand({ ...request, token: 2 })).toMatchObject({ status: 'unknown', running: false });
    expect(textOf(bench.path('ledger'))).toBe('ran\n');
  });
});

describe('a record of another place', () => {
  it.each([
    ['machine', { host: 'elsewhere/1' }, 'it was started on elsewhere/1, where nobody here can look', null],
    ['start of the machine', { bootId: 'an earlier one' }, 'the machine was restarted before it ended', false],
  ])('(%s) makes the outcome unknown and the command does not run again', async (_, change, why, running) => {
    const request = bench.request(slow);
    const first = runCommand(request);
    await begun();
    const claim = JSON.parse(textOf(claimFile()));
    writeFileSync(claimFile(), JSON.stringify({ ...claim, ...change }));
    expect(await runCommand(request)).toEqual({ status: 'unknown', why, running });
    writeFileSync(claimFile(), JSON.stringify(claim));
    writeFileSync(bench.path('go'), '');
    await first;
    expect(textOf(bench.path('ledger'))).toBe('ran\n');
  });
});

it('a claim that is given back before anything began is taken by who waited for it', async () => {
  const request = bench.request('echo ran >> ledger');
  await runCommand(request);
  const attempt = dirname(claimFile());
  rmSync(join(attempt, 'end.json'));
  const claim = JSON.parse(textOf(claimFile()));
  writeFileSync(claimFile(), JSON.stringify({ ...claim, supervisor: identityOf(process.pid) }));
  const waiting = runCommand({ ...request, token: 2 });
  renameSync(attempt, bench.path('withdrawn'));
  expect(exited(await waiting).exitCode).toBe(0);
  expect(textOf(bench.path('ledger'))).toBe('ran\nran\n');
});

it('a forgotten step leaves nothing but its fence', async () => {
  const request = bench.request('echo done', { token: 5 });
  await runCommand(request);
  await forgetCommand(request);
  expect(probeCommand(request)).toEqual({ status: 'none' });
  await expect(runCommand({ ...request, token: 4 })).rejects.toThrow(StaleToken);
});
