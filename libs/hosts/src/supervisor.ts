import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../supervisor/machine.mjs';
import { accountEnvironment } from './account.ts';
import type { CommandLine, CommandRequest } from './request.ts';
import { defaultGraceMs, defaultOutputLimitBytes } from './request.ts';

const script = fileURLToPath(new URL('../supervisor/supervisor.mjs', import.meta.url));

export const staleTokenCode = 20;
export const claimLostCode = 21;

const lineFor = ({ text, argv }: CommandLine, shell: boolean): CommandLine =>
  shell ? { text, argv: ['/bin/sh', '-c', text] } : { text, argv };

/** The request as the supervisor reads it; environment and masked values go through a pipe and are never written. */
function messageFor(step: string, request: CommandRequest): string {
  const {
    key,
    attempt,
    token,
    commands,
    shell = false,
    cwd,
    runAs,
    env = {},
    mask = [],
    open = [],
    withhold = [],
    timeoutMs,
  } = request;
  const { graceMs = defaultGraceMs, outputLimitBytes = defaultOutputLimitBytes } = request;
  const lines = commands.map((line) => lineFor(line, shell));
  const inherited = inheritedEnvironment();
  const environment = { ...(runAs ? accountEnvironment(runAs, inherited) : inherited), ...env };
  return JSON.stringify({
    step,
    key,
    attempt,
    token,
    commands: lines,
    cwd,
    user: runAs && { uid: runAs.uid, gid: runAs.gid },
    env: environment,
    mask,
    open,
    withhold,
    timeoutMs,
    graceMs,
    outputLimitBytes,
  });
}

/**
 * A process in a session of its own, which neither our end nor a closed terminal ends once it was asked. Before that it
 * knows nothing, does not keep us running, and ends with us.
 */
export class Supervisor {
  /** Its exit code, once it has ended; -1 when a signal ended it or it could not be started. */
  code: number | null = null;
  /** Why it ended without doing what it was asked, when it said so. */
  problem = '';
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #onNews: () => void;

  /** `onEnd` is for an end before it is asked. */
  constructor(onEnd: () => void) {
    this.#onNews = onEnd;
    this.#child = spawn(process.execPath, [script], {
      cwd: '/',
      env: inheritedEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child.once('error', (error) => this.#ended(-1, error.message));
    this.#child.once('close', (code) => this.#ended(code ?? -1, this.problem.trim()));
    if (!this.#isStarted) return;
    this.#child.stdin.on('error', () => undefined); // Its exit says more than a broken pipe.
    this.#child.stdout.on('data', () => this.#onNews());
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.problem = (this.problem + text).slice(-2_000)));
    this.#keepUsRunning(false);
  }

  /** One that could not be started may have no pipes; an error follows. */
  get #isStarted(): boolean {
    return this.#child.pid !== undefined;
  }

  /** Asks it to run the command below the folder of the step; `onNews` says that the disk, or `code`, has news. */
  ask(step: string, request: CommandRequest, onNews: () => void): void {
    this.#onNews = onNews;
    if (!this.#isStarted) return;
    this.#keepUsRunning(true);
    this.#child.stdin.end(messageFor(step, request));
  }

  /** Lets one that was not asked end. */
  dismiss(): void {
    if (this.#isStarted) this.#child.stdin.end();
  }

  #keepUsRunning(keep: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const handle of [this.#child, stdin as Socket, stdout as Socket, stderr as Socket])
      if (keep) handle.ref();
      else handle.unref();
  }

  #ended(code: number, problem: string): void {
    if (this.code !== null) return;
    this.code = code;
    this.problem = problem;
    this.#onNews();
  }
}
