import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { ProxyProblem } from './problem.ts';

/** What leads to a proxy over the network. */
export interface Network {
  /** The address of an allowed host; rejects with why there is none. */
  addressOf(host: string, port: number): Promise<string>;
  /** Why a connection failed, as text. */
  explain(error: unknown): string;
}

export interface SocketOptions {
  readonly network: Network;
  readonly signal?: AbortSignal;
  /** For one command and its reply; 5 s by default. */
  readonly timeoutMs?: number;
}

/** Sends one command and gives the whole reply. Rejects with `ProxyProblem`, or as the network does. */
export type Ask = (command: string) => Promise<string>;

const mostBytes = 4 * 1024 * 1024;

/** `place`: the absolute path of a unix socket, or `host:port`. Each command has a connection of its own, which HAProxy closes. */
export function runtimeSocket(place: string, { network, signal, timeoutMs = 5_000 }: SocketOptions): Ask {
  return async (command) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    try {
      const target = { ...(await targetOf(place, network)), signal: either };
      return await exchange(target, command, (error) => `${place}: ${reasonOf(error, network)}`);
    } catch (error) {
      if (deadline.aborted) throw new ProxyProblem(`${place}: no response within ${timeoutMs} ms`);
      signal?.throwIfAborted();
      throw error;
    }
  };
}

async function targetOf(place: string, network: Network): Promise<NetConnectOpts> {
  if (place.startsWith('/')) return { path: place };
  const [, written = '', port = ''] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(place) ?? [];
  if (written === '') throw new ProxyProblem(`${place} is neither the absolute path of a socket nor host:port`);
  return { host: await network.addressOf(written, Number(port)), port: Number(port) };
}

function exchange(target: NetConnectOpts, command: string, wordsOf: (error: Error) => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(target);
    const pieces: Buffer[] = [];
    let bytes = 0;
    socket.on('error', (error) => reject(new ProxyProblem(wordsOf(error))));
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > mostBytes) end(socket, reject, `the reply is larger than ${mostBytes} bytes`);
    });
    // A reply ends with an empty line: what was cut off is none.
    socket.on('end', () => {
      const reply = Buffer.concat(pieces).toString('utf8');
      if (/(?:^|\n)\r?\n$/.test(reply)) resolve(reply);
      else end(socket, reject, `the connection was closed in the midst of the reply to \`${command}\``);
    });
    socket.write(`${command}\n`);
  });
}

function end(socket: Socket, reject: (error: Error) => void, reason: string): void {
  socket.destroy();
  reject(new ProxyProblem(reason));
}

function reasonOf(error: NodeJS.ErrnoException, { explain }: Network): string {
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such socket';
    case 'EACCES':
      return 'this user may not use the socket';
    case 'ENOTSOCK':
      return 'it is not a socket';
    default:
      return explain(error);
  }
}
