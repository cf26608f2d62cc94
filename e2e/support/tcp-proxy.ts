import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * - `open`: everything passes.
 * - `closed`: as where the server has ended: connections break, and new ones are refused.
 * - `silent`: as where the network is gone: nothing passes, nobody hears that it does not, and what was sent arrives later.
 */
export type Passage = 'open' | 'closed' | 'silent';

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands before a server and takes it away from whoever reaches it through here; everybody else keeps it. */
export class TcpProxy {
  readonly #target: URL;
  readonly #connections = new Set<Connection>();
  #listener: Server | null = null;
  #port = 0;
  #passage: Passage = 'open';

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** @param target URL with host and port */
  static async before(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.#listen();
    return proxy;
  }

  /** The target's URL, by way of this proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href.replace(/\/$/, '');
  }

  async pass(passage: Passage): Promise<void> {
    this.#passage = passage;
    if (passage === 'closed') return this.#end();
    for (const connection of this.#connections) this.#flow(connection);
    if (this.#listener === null) await this.#listen();
  }

  close(): Promise<void> {
    return this.#end();
  }

  #flow({ client, server }: Connection): void {
    for (const socket of [client, server]) {
      if (this.#passage === 'silent') socket.pause();
      else socket.resume();
    }
  }

  async #listen(): Promise<void> {
    const listener = createServer((client) => this.#accept(client));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
  }

  #accept(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const connection = { client, server };
    this.#connections.add(connection);
    const end = () => {
      this.#connections.delete(connection);
      client.destroy();
      server.destroy();
    };
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk) => void to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', end).on('close', end);
    }
    this.#flow(connection);
  }

  async #end(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    for (const { client, server } of this.#connections) {
      client.resetAndDestroy();
      server.destroy();
    }
    this.#connections.clear();
    if (listener !== null) await new Promise((resolve) => listener.close(resolve));
  }
}
