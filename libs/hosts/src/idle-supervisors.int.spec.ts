import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@backstay/local-platform/testing';
import { keepIdleSupervisors, probeCommand, runCommand } from './index.ts';
import { build, startOrchestrator } from './orchestrator.test-support.ts';
import { exited, isRunning, textOf, workbench } from './testing/index.ts';

let bench: ReturnType<typeof workbench>;
let orchestrator: ReturnType<typeof startOrchestrator>;
beforeAll(build);
beforeEach(() => {
  bench = workbench();
  orchestrator = startOrchestrator({ ...process.env, BACKSTAY_POSTGRES_URL: 'postgres://backstay:hunter2@db' });
});
afterEach(async () => {
  await orchestrator.kill();
  bench.remove();
});

const step = (name: string, script: string, more = {}) => bench.request(script, { key: name, ...more });
const bothWait = () =>
  eventually(() => (orchestrator.idle().length === 2 ? orchestrator.idle() : null), 'two that wait');
const allEnd = (pids: readonly number[]) => eventually(() => !pids.some(isRunning), 'the end of all that waited');
const slow = 'echo ran >> ledger; echo $$ > pid; while [ ! -e go ]; do sleep 0.05; done; exit 4';

describe('supervisors that wait for a command', () => {
  it('are started by the first command, and two at most', async () => {
    expect(orchestrator.idle()).toEqual([]);
    await orchestrator.run(step('a', 'true'));
    await bothWait();
    await orchestrator.run(step('b', 'true'));
    await bothWait();
  });

  it('hold no secret: neither those of Backstay nor those of commands', async () => {
    const secret = { env: { TOKEN: 's3cr3t' }, mask: ['s3cr3t'] };
    expect(exited(await orchestrator.run(step('a', 'test "$TOKEN" = s3cr3t', secret))).exitCode).toBe(0);
    for (const pid of await bothWait()) {
      const environment = textOf(`/proc/${pid}/environ`).split('\0').filter(Boolean);
      const names = environment.map((entry) => entry.split('=')[0] ?? '');
      expect(names.filter((name) => !['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'].includes(name))).toEqual([]);
      expect(textOf(`/proc/${pid}/cmdline`)).not.toMatch(/s3cr3t|hunter2/);
    }
  });

  it('end when the orchestrator is killed', async () => {
    await orchestrator.run(step('a', 'true'));
    const waiting = await bothWait();
    await orchestrator.kill();
    await allEnd(waiting);
  });

  it('do not keep the orchestrator running, and end with it', async () => {
    await orchestrator.run(step('a', 'true'));
    const waiting = await bothWait();
    await orchestrator.leave();
    await allEnd(waiting);
  });

  it('end when none are wanted any more; each command starts its own then', async () => {
    await orchestrator.run(step('a', 'true'));
    const waiting = await bothWait();
    await orchestrator.keep(0);
    await allEnd(waiting);
    expect(exited(await orchestrator.run(step('b', 'exit 3'))).exitCode).toBe(3);
    expect(orchestrator.idle()).toEqual([]);
  });

  it('are not missed when somebody ended them', async () => {
    await orchestrator.run(step('a', 'true'));
    for (const pid of await bothWait()) process.kill(pid, 'SIGKILL');
    expect(exited(await orchestrator.run(step('b', 'exit 3'))).exitCode).toBe(3);
  });

  it('are fewer than the commands that run at the same time', async () => {
    await orchestrator.run(step('first', 'true'));
    await bothWait();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const running = names.map((name) => orchestrator.run(step(name, `echo > up-${name}; ${slow}`)));
    for (const name of names) await eventually(() => textOf(bench.path(`up-${name}`)), name);
    await bothWait();
    writeFileSync(bench.path('go'), '');
    const outcomes = await Promise.all(running);
    expect(outcomes.map((outcome) => exited(outcome).exitCode)).toEqual(names.map(() => 4));
  });

  it.each([-1, 3, 0.5])('cannot be %s', (count) => expect(() => keepIdleSupervisors(count)).toThrow(RangeError));
});

describe('one that was asked', () => {
  it('outlives the orchestrator: its command runs once, and the next orchestrator gets the end', async () => {
    await orchestrator.run(step('before', 'true'));
    const waiting = await bothWait();
    const request = step('a', slow);
    void orchestrator.run(request);
    await eventually(() => textOf(bench.path('pid')), 'the command');
    const probe = probeCommand(request);
    expect(waiting).toContain(probe.status === 'running' ? probe.pid : null);
    await orchestrator.kill();
    const next = runCommand({ ...request, token: 2 });
    writeFileSync(bench.path('go'), '');
    expect(exited(await next).exitCode).toBe(4);
    expect(textOf(bench.path('ledger'))).toBe('ran\n');
  });
});

it.each([
  ['nothing', () => '', []],
  ['half a request', (request: string) => request.slice(0, -1), []],
  ['a whole request', (request: string) => request, ['attempt-1']],
])('%s begins what it should', async (_, part, begun) => {
  const script = fileURLToPath(new URL('../supervisor/supervisor.mjs', import.meta.url));
  const folder = bench.path('step');
  mkdirSync(join(folder, 'tokens'), { recursive: true });
  const request = { ...bench.request(''), step: folder, commands: [{ text: '', argv: ['true'] }], env: {}, mask: [] };
  const supervisor = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'ignore'] });
  supervisor.stdin.end(part(JSON.stringify(request)));
  await once(supervisor, 'exit');
  expect(readdirSync(folder).filter((name) => name !== 'tokens')).toEqual(begun);
});
