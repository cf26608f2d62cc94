import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const instrument = new URL('instrument.mjs', import.meta.url).href;
const replyWithinMs = 300_000;
const endsWithinMs = 60_000;

/** A child process with the instrument loaded into it; ends with its parent. */
export class MeasuredProcess {
  #child;
  #log;
  #asked = 0;
  #waiting = new Map();

  /** @param {{ script: string | URL, env: NodeJS.ProcessEnv, log: string }} options `log`: the file that takes its output. */
  constructor({ script, env, log }) {
    const output = openSync(log, 'a');
    this.#log = log;
    const path = script instanceof URL ? fileURLToPath(script) : script;
    this.#child = spawn(process.execPath, ['--import', instrument, path], {
      env,
      stdio: ['ignore', output, output, 'ipc'],
      serialization: 'advanced',
    });
    this.#child.on('message', (message) => {
      const waiting = this.#waiting.get(message.id);
      if (message.error === undefined) waiting?.resolve(message.reply);
      else waiting?.reject(new Error(message.error));
    });
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(this.#failure(`ended with ${signal ?? code}`));
    });
  }

  /** The reply to a question, alone or as `{ question, ...options }`. */
  ask(question, withinMs = replyWithinMs) {
    if (this.hasEnded) return Promise.reject(this.#failure('has ended'));
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => settle(reject)(this.#failure(`does not respond to ${question.question ?? question}`)),
        withinMs,
      );
      const settle = (how) => (value) => {
        clearTimeout(late);
        this.#waiting.delete(id);
        how(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#child.send(typeof question === 'string' ? { id, question } : { id, ...question });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async stop() {
    if (this.hasEnded) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endsWithinMs);
    await exited;
    clearTimeout(late);
  }

  #failure(what) {
    const last = readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    return new Error(`the measured process ${what}; its log ends with:\n${last}`);
  }
}
