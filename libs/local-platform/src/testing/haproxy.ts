import { rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createConnection, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianPackage } from '../find/debian-package.ts';
import { homebrew } from '../find/homebrew.ts';
import { installed } from '../find/installed.ts';
import { haproxyRecipe } from '../find/recipe.ts';
import type { Binary } from '../find/source.ts';
import { requestFor } from '../find/program-request.ts';
import { scratchDir } from '../run/directories.ts';
import { freePort } from '../run/port.ts';
import { ServerProcess, tail } from '../run/server-process.ts';
import { until } from '../run/wait.ts';
import { closeLater, testOptions } from './servers.ts';

/** The program on this machine, else the distribution's package unpacked to the user's cache; null where neither is available. */
export async function findTestHaproxy(): Promise<Binary | null> {
  const request = await requestFor(haproxyRecipe, testOptions(join(tmpdir(), 'backstay-haproxy')));
  for (const source of [installed, debianPackage, homebrew]) {
    const seen = await source.look(request);
    if ('program' in seen) return seen.program as Binary;
    const obtained = await seen.obtain?.(() => undefined).catch(() => null);
    if (obtained) return obtained as Binary;
  }
  return null;
}

/** Where a running HAProxy is reached. */
interface Places {
  /** Its runtime API with level admin, as the path of a socket and as `host:port`. */
  readonly socket: string;
  readonly address: string;
  /** The same with level operator. */
  readonly operatorSocket: string;
  /** Where its frontend listens. */
  readonly port: number;
}

/** A real HAProxy in front of the backend `orders`, and of others. */
export class TestHaproxy {
  readonly #directory: string;
  readonly #server: ServerProcess;

  private constructor(
    readonly places: Places,
    directory: string,
    server: ServerProcess,
  ) {
    this.#directory = directory;
    this.#server = server;
  }

  /** `backends`: the text of the backends, of which `orders` is served. Ends with `stopTestParts`. */
  static async start({ origin, environment }: Binary, backends: string): Promise<TestHaproxy> {
    const directory = await scratchDir('haproxy');
    const [port, apiPort] = [await freePort(), await freePort()];
    const places = {
      socket: join(directory, 'admin.sock'),
      operatorSocket: join(directory, 'operator.sock'),
      address: `127.0.0.1:${apiPort}`,
      port,
    };
    await writeFile(join(directory, 'haproxy.cfg'), configuration(places, backends));
    const server = await ServerProcess.start({
      command: origin,
      args: ['-db', '-f', join(directory, 'haproxy.cfg')],
      env: { ...process.env, ...environment },
      log: join(directory, 'server.log'),
      stopSignal: 'SIGTERM',
      scratch: directory,
    });
    const proxy = new TestHaproxy(places, directory, server);
    closeLater(() => proxy.stop());
    const hopeless = () => (server.ended ? new Error(tail(join(directory, 'server.log'))) : undefined);
    await until(() => connects(places.socket), { within: 15_000, hopeless });
    return proxy;
  }

  /** In front of a service as its server `old`, which has all of the traffic, and as `new`, which has none. `more`: further backends of it. */
  static async withOldAndNew(program: Binary, more = (_server: string): string => ''): Promise<TestHaproxy> {
    const service = createServer((_, response) => response.end());
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    closeLater(async () => void service.close());
    const server = `127.0.0.1:${(service.address() as AddressInfo).port}`;
    const orders = `backend orders\n  server old ${server} weight 100\n  server new ${server} weight 0`;
    return TestHaproxy.start(program, `${orders}\n${more(server)}`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.places.port}`;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function configuration({ socket, operatorSocket, address, port }: Places, backends: string): string {
  return `global
  stats socket ${socket} mode 600 level admin
  stats socket ${operatorSocket} mode 600 level operator
  stats socket ipv4@${address} level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend front
  bind 127.0.0.1:${port}
  default_backend orders
${backends}
`;
}

function connects(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
