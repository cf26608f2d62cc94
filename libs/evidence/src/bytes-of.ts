import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { unreadable } from './evidence-result.ts';
import type { EvidenceSources } from './sources.ts';

const DEADLINE_MS = 60_000;

export type User = { readonly uid: number; readonly gid: number };

/** The user of commands where it is another one than this process's: what it wrote, or named, is read with its rights and no more. */
export function otherUserOf({ environment }: Pick<EvidenceSources, 'environment'>): User | undefined {
  const user = environment?.account?.();
  return user?.uid === process.getuid?.() && user?.gid === process.getgid?.() ? undefined : user;
}

/** The bytes `from` to `to` of a file, or to its end, where that comes before. @throws {Unusable} where the user cannot read it */
export async function* bytesOf(
  path: string,
  { from = 0, to, shown = path }: { readonly from?: number; readonly to: number; readonly shown?: string },
  user?: User,
): AsyncGenerator<Buffer> {
  if (to <= from) return;
  if (user === undefined) return yield* createReadStream(path, { start: from, end: to - 1 });
  // What the path leads to may be exchanged at any moment: not a look at it, but the rights of the user decide.
  const child = spawn('/bin/sh', ['-c', 'exec tail -c "$0" -- "$1"', `+${from + 1}`, path], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const end = once(child, 'close').catch(() => [null]);
  let left = to - from;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, left);
    // What it would print beyond that has nowhere to go, which ends it.
    if ((left -= chunk.length) <= 0) return;
  }
  const [code] = (await end) as [number | null];
  if (code !== 0) throw unreadable(`the user of the steps cannot read ${shown}`);
}
