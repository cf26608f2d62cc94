import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CommandOutcome, CommandRequest } from './index.ts';
import { idleSupervisorsOf } from './testing/index.ts';

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
