import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Talk {
  host: string;
  port: number;
  tls?: boolean;
  /** What to send first. */
  request?: string;
  /** What the reply is complete with. */
  until: RegExp;
}

const replyWithinMs = 2_000;

/** One question and its reply over a text protocol, as far as `until` matches. */
export function converse({ host, port, tls = false, request = '', until }: Talk): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
    let heard = '';
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(replyWithinMs, () => end(() => reject(new Error(`no reply from ${host}:${port}`))));
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('close', () => reject(new Error(`${host}:${port} closed the connection`)));
    socket.on('data', (chunk) => {
      heard += chunk.toString('utf8');
      if (until.test(heard)) end(() => resolve(heard));
    });
    socket.write(request);
  });
}
