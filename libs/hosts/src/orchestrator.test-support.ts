import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CommandOutcome, CommandRequest } from './index.ts';
import { textOf } from './testing/index.ts';

/** Other processes of Backstay run what is built. */
export function build(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../../tools/build.mjs', import.meta.url)), 'libs/hosts']);
}

const program = `
import { keepIdleSupervisors, runCommand } from ${JSON.stringify(pathToFileURL(fileURLToPath(new URL('../dist/index.js', import.meta.url))).href)};
const calls = { run: runCommand, keep: async (count) => keepIdleSupervisors(count) };
process.on('message', ({ id, call, argument }) =>
  calls[call](argument).then((value) => process.connected && process.send({ id, value })));
`;

/** Another process of Backstay, which runs commands and can be killed. */
export function startOrchestrator(env: NodeJS.ProcessEnv = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'backstay-orchestrator-'));
  writeFileSync(join(folder, 'main.mjs'), program);
  const child = fork(join(folder, 'main.mjs'), { env, execArgv: [] });
  const gone = once(child, 'exit').finally(() => rmSync(folder, { recursive: true, force: true }));
  const waiting = new Map<number, (value: never) => void>();
  child.on('message', ({ id, value }: { id: number; value: never }) => waiting.get(id)?.(value));
  let calls = 0;
  const ask = <Value>(call: string, argument: unknown): Promise<Value> =>
    new Promise((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      child.send({ id: calls, call, argument });
    });
  return {
    run: (request: CommandRequest): Promise<CommandOutcome> => ask('run', request),
    keep: (count: number): Promise<void> => ask('keep', count),
    /** Process ids of its supervisors that were not asked yet: those that were are in the folder of their step. */
    idle: (): number[] => idleSupervisorsOf(child.pid ?? 0),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    /** Resolves when it has ended because nothing keeps it running any more. */
    async leave() {
      child.disconnect();
      await gone;
    },
  };
}

function idleSupervisorsOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => isSupervisor(pid, parent) && placeOf(pid) === '/');
}

function isSupervisor(pid: number, parent: number): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  const [, itsParent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(itsParent) === parent && textOf(`/proc/${pid}/cmdline`).includes('supervisor/supervisor.mjs');
}

function placeOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
