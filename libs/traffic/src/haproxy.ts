import { notUnderstood, serversIn } from './replies.ts';
import { ProxyProblem } from './problem.ts';
import type { ProxyServer } from './server.ts';
import { runtimeSocket, type SocketOptions } from './socket.ts';

/** What is done with a proxy; every method rejects with `ProxyProblem` where the reply is not what it should be. */
export interface Proxy {
  /** Whoever uses the socket may change weights. */
  requireAdmin(): Promise<void>;
  servers(backend: string): Promise<readonly ProxyServer[]>;
  setWeight(backend: string, server: string, weight: number): Promise<void>;
}

/** HAProxy by its runtime API, at the path of its socket or at `host:port`. */
export function haproxy(place: string, options: SocketOptions): Proxy {
  const ask = runtimeSocket(place, options);
  return {
    requireAdmin: async () => {
      const level = (await ask('show cli level')).trim();
      if (level === 'operator' || level === 'user')
        throw new ProxyProblem(`${place} has level ${level}; \`stats socket … level admin\` lets weights be set`);
      if (level !== 'admin') throw notUnderstood('show cli level', level);
    },
    servers: async (backend) => {
      const states = await ask(`show servers state ${named(backend)}`);
      return serversIn(states, await ask(`show stat ${backend} 4 -1`), backend);
    },
    setWeight: async (backend, server, weight) => {
      const command = `set weight ${named(backend)}/${named(server)} ${weight}`;
      const reply = (await ask(command)).trim();
      if (reply !== '') throw new ProxyProblem(`HAProxy refused \`${command}\`: ${reply.split('\n')[0]}`);
    },
  };
}

/** What else a name could hold would be another command. */
function named(name: string): string {
  if (/^[\w.:-]+$/.test(name)) return name;
  throw new ProxyProblem(`“${name}” is not a name of a backend or server`);
}
