import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { plainHost } from '@backstay/document';
import { allowList, checkedAddresses, codeOf, HttpProblem, systemReason, systemResolve } from '@backstay/guarded-io';
import { ProxyProblem } from './problem.ts';

export interface SocketOptions {
  /** `host:port` patterns that may be called; a socket of this machine needs none. */
  readonly allow: readonly string[];
  readonly signal?: AbortSignal;
  /** For one command and its answer; 5 s by default. */
  readonly timeoutMs?: number;
}

/** Sends one command and gives the whole answer. Rejects with `ProxyProblem` or `NotAllowed`. */
export type Ask = (command: string) => Promise<string>;

const mostBytes = 4 * 1024 * 1024;

/** `place`: the absolute path of a unix socket, or `host:port`. Each command has a connection of its own, which HAProxy closes. */
export function runtimeSocket(place: string, { allow, signal, timeoutMs = 5_000 }: SocketOptions): Ask {
  return async (command) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    try {
      return await exchange(await targetOf(place, allow), command, either);
    } catch (error) {
      if (deadline.aborted) throw new ProxyProblem(`${place}: no answer within ${timeoutMs} ms`);
      signal?.throwIfAborted();
      if (error instanceof ProxyProblem || error instanceof HttpProblem) throw error;
      throw new ProxyProblem(`${place}: ${reasonOf(error)}`);
    }
  };
}

async function targetOf(place: string, allow: readonly string[]): Promise<NetConnectOpts> {
  if (place.startsWith('/')) return { path: place };
  const [, written = '', port = ''] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(place) ?? [];
  if (written === '') throw new ProxyProblem(`${place} is neither the absolute path of a socket nor host:port`);
  const target = { host: plainHost(written), port: Number(port), shown: place };
  const [address] = await checkedAddresses(target, allowList([...allow]), systemResolve);
  return { host: address?.address ?? '', port: target.port };
}

function exchange(target: NetConnectOpts, command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ ...target, signal } as NetConnectOpts);
    const pieces: Buffer[] = [];
    let bytes = 0;
    socket.on('error', reject);
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > mostBytes) end(socket, reject, `the answer is larger than ${mostBytes} bytes`);
    });
    // An answer ends with an empty line: what was cut off is none.
    socket.on('end', () => {
      const answer = Buffer.concat(pieces).toString('utf8');
      if (/(?:^|\n)\r?\n$/.test(answer)) resolve(answer);
      else end(socket, reject, `the connection was closed in the midst of the answer to \`${command}\``);
    });
    socket.write(`${command}\n`);
  });
}

function end(socket: Socket, reject: (error: Error) => void, reason: string): void {
  socket.destroy();
  reject(new ProxyProblem(reason));
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such socket';
    case 'EACCES':
      return 'this user may not use the socket';
    case 'ENOTSOCK':
      return 'it is no socket';
    default:
      return systemReason(error);
  }
}
