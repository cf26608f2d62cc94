import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../supervisor/machine.mjs';
import type { CommandLine, CommandRequest } from './request.ts';
import { defaultGraceMs, defaultOutputLimitBytes } from './request.ts';

const script = fileURLToPath(new URL('../supervisor/supervisor.mjs', import.meta.url));

/** A supervisor that was asked to claim an attempt; `code` is set when it has ended. */
export interface Supervisor {
  code: number | null;
  problem: string | null;
  readonly ended: Promise<void>;
}

export const staleTokenCode = 20;
export const claimLostCode = 21;

const lineFor = ({ text, argv }: CommandLine, shell: boolean): CommandLine =>
  shell ? { text, argv: ['/bin/sh', '-c', text] } : { text, argv };

/** The request as the supervisor reads it; environment and masked values go through a pipe and are never written. */
function messageFor(request: CommandRequest): string {
  const { key, attempt, token, commands, shell = false, cwd, env = {}, mask = [], timeoutMs } = request;
  const { graceMs = defaultGraceMs, outputLimitBytes = defaultOutputLimitBytes } = request;
  const lines = commands.map((line) => lineFor(line, shell));
  const environment = { ...inheritedEnvironment(), ...env };
  return JSON.stringify({
    key,
    attempt,
    token,
    commands: lines,
    cwd,
    env: environment,
    mask,
    timeoutMs,
    graceMs,
    outputLimitBytes,
  });
}

/** Starts a supervisor in a session of its own, which neither our end nor a closed terminal ends. */
export function startSupervisor(step: string, request: CommandRequest): Supervisor {
  const child = spawn(process.execPath, ['--max-old-space-size=64', script, step], {
    cwd: step,
    env: inheritedEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2_000)));
  const supervisor: { -readonly [Key in keyof Supervisor]: Supervisor[Key] } = {
    code: null,
    problem: null,
    ended: new Promise((resolve) => {
      child.once('error', (error) => end(resolve, -1, error.message));
      child.once('close', (code) => end(resolve, code ?? -1, words.trim()));
    }),
  };
  function end(resolve: () => void, code: number, problem: string): void {
    supervisor.code = code;
    supervisor.problem = problem;
    resolve();
  }
  child.stdin.on('error', () => undefined); // Its end tells more than a broken pipe.
  child.stdin.end(messageFor(request));
  return supervisor;
}
