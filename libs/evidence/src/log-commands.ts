import type { Command } from '@backstay/document';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { noData, systemReason, unreadable, type EvidenceFile } from './evidence-result.ts';
import { lineSplitter, type LineSink } from './line-splitter.ts';

const MAX_BYTES = 100 * 1024 * 1024;
const DEADLINE_MS = 60_000;

/** The only variables of this process that such a command inherits. */
const passed = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];

/** Marks of the journal itself, as `-- No entries --`. */
const isMark = (line: string) => /^-- .* --$/.test(line);

export type LogCommand = {
  command: Command;
  cwd: string;
  /** Beside the few that every child inherits. */
  variables: Readonly<Record<string, string>>;
  /** The user that it runs as; Backstay's own by default. */
  user?: { readonly uid: number; readonly gid: number; readonly home: string } | undefined;
  /** RFC 3339; reaches the command as `BACKSTAY_SINCE`, in seconds since 1970, as `journalctl --since @…` reads it. */
  since: string | undefined;
  deadlineMs?: number;
  maxBytes?: number;
};

/** Runs a command that prints a log and passes its lines on. One that fails, prints nothing, too much or without end is not evidence. */
export async function readCommand(request: LogCommand, sink: LineSink): Promise<EvidenceFile> {
  const { command, deadlineMs = DEADLINE_MS, maxBytes = MAX_BYTES } = request;
  const path = `\`${command.text}\``;
  const child = start(request);
  const hash = createHash('sha256');
  let [bytes, lines] = [0, 0];
  let problem: Error | undefined;
  const giveUp = (error: Error) => {
    problem ??= error;
    endGroup(child);
  };
  const read = (batch: string[]) => {
    const own = batch.filter((line) => !isMark(line));
    lines += own.length;
    if (problem === undefined) sink.lines(own);
  };
  // One that could not be started may have no pipes; its end says why.
  for (const stream of [child.stdout, child.stderr].filter((each) => each !== null && each !== undefined)) {
    const splitter = lineSplitter({ lines: read, doubt: (what) => sink.doubt(what) });
    stream.on('data', (chunk: Buffer) => {
      if ((bytes += chunk.length) > maxBytes) return giveUp(unreadable(`${path} prints more than ${maxBytes} bytes`));
      hash.update(chunk);
      attempt(() => splitter.write(chunk), giveUp);
    });
    stream.on('end', () => attempt(() => splitter.end(), giveUp));
  }
  const timer = setTimeout(() => giveUp(unreadable(`${path} did not end within ${deadlineMs} ms`)), deadlineMs);
  const end = await ended(child).finally(() => clearTimeout(timer));
  if (problem !== undefined) throw problem;
  if (end !== 0) throw unreadable(`${path} ${end}`);
  if (lines === 0) throw noData(`${path} printed no line`);
  return { path, bytes, sha256: hash.digest('hex') };
}

/** In a process group of its own, so that what it starts ends with it. */
function start({ command, cwd, variables, since, user }: LogCommand): ChildProcess {
  const [program, ...args] = command.argv;
  const seconds = since === undefined ? {} : { BACKSTAY_SINCE: String(Math.floor(Date.parse(since) / 1_000)) };
  const inherited = Object.fromEntries(
    passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const home = user === undefined ? {} : { HOME: user.home };
  const env = { ...inherited, ...home, ...variables, ...seconds };
  const options = { env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'], detached: true };
  if (user === undefined) return spawn(program!, args, { ...options, cwd });
  // The folder is entered with no more rights than the user's, who may have made it a link to another.
  const enter = ['-c', 'cd -- "$0" && exec "$@"', cwd, program!, ...args];
  return spawn('/bin/sh', enter, { ...options, cwd: '/', uid: user.uid, gid: user.gid });
}

function endGroup(child: ChildProcess): void {
  if (child.pid !== undefined) kill(-child.pid);
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** One that has ended already is none to end. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Nobody is there.
  }
}

/** 0, or how it ended as text. */
function ended(child: ChildProcess): Promise<0 | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${systemReason(error)}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? 0 : `ended with ${code === null ? signal : `exit ${code}`}`),
    );
  });
}

function attempt(work: () => void, onError: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    onError(error as Error);
  }
}
