import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

const script = `
read -r word
if [ "$word" != released ]; then
  kill -s "$1" "$2" 2>/dev/null
  tries=0
  while kill -0 "$2" 2>/dev/null && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
  kill -s KILL "$2" 2>/dev/null
  [ -z "$3" ] || rm -rf -- "$3"
fi`;

export interface Watchdog {
  /** The server has ended by itself: its number may soon belong to another process. */
  release(): void;
}

/**
 * Ends the server when this process ends, however it ends, then removes `scratch` if given: a small shell waits for the end
 * of a pipe that only this process holds. Where there is no shell (Windows), the handlers of a regular exit must do.
 */
export function watch(server: number, signal: NodeJS.Signals, scratch = ''): Watchdog {
  if (process.platform === 'win32') return { release: () => undefined };
  const args = ['-c', script, 'backstay-watchdog', signal.slice('SIG'.length), String(server), scratch];
  const shell = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
  const pipe = shell.stdin as Writable & { unref?: () => void };
  pipe.on('error', () => undefined);
  pipe.unref?.();
  shell.unref();
  return { release: () => pipe.end('released\n') };
}
