import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import {
  connect,
  usernamePasswordAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { authenticatorOf, type Credentials } from '../access/authenticator.ts';
import { asError, backoff, pause } from './faults.ts';
import { identityCheck } from './server-identity.ts';

export interface BusStatus {
  readonly state: 'connected' | 'disconnected' | 'closed';
  /** As text for an operator: the server, or why there is none. */
  readonly detail: string;
}

export interface BusOptions extends Credentials {
  /** One URL, or several with commas between. */
  readonly url: string;
  /** Path of the certificate authority's certificate; asks for TLS. */
  readonly tlsCa?: string;
  /** Seen in the server's list of connections. */
  readonly name: string;
  /** First tokens of the subjects on which the broker replies; default `_INBOX`. */
  readonly inbox?: string;
  readonly onStatus: (status: BusStatus) => void;
  /** Ends the attempts to connect for the first time. */
  readonly signal?: AbortSignal;
}

export interface Bus {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  /** Whether the server that it is connected to now lets in nobody without credentials. */
  readonly asksForCredentials: () => boolean;
  /** Sends what is buffered, for two seconds at most, and closes. */
  close(): Promise<void>;
}

const reconnectMs = 500;

/**
 * Connects, however long that takes, and stays connected: after a loss it tries again every half to whole second, for ever.
 * @throws the signal's reason when it is aborted before the first connection.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const { onStatus, signal } = options;
  for (let failures = 1; ; failures += 1) {
    signal?.throwIfAborted();
    try {
      const nc = await connect(connectionOptions(options));
      follow(nc, onStatus).catch((thrown: unknown) =>
        onStatus({ state: nc.isClosed() ? 'closed' : 'disconnected', detail: asError(thrown).message }),
      );
      return {
        nc,
        js: jetstream(nc, { timeout: 5_000 }),
        asksForCredentials: () => nc.info?.auth_required === true,
        close: () => close(nc),
      };
    } catch (thrown) {
      onStatus({ state: 'disconnected', detail: asError(thrown).message });
      await pause(backoff(failures), signal);
    }
  }
}

/** Splits `nats://user:password@host` into what the client wants apart; the first login serves for all servers. */
function addressed(url: string): { servers: string[]; login?: { user: string; password: string } } {
  const parsed = url.split(',').map((server) => new URL(server.trim()));
  const named = parsed.find(({ username }) => username !== '');
  const servers = parsed.map(({ protocol, host }) => `${protocol}//${host}`);
  if (named === undefined) return { servers };
  return { servers, login: { user: decodeURIComponent(named.username), password: decodeURIComponent(named.password) } };
}

function connectionOptions({ url, tlsCa, name, inbox, ...credentials }: BusOptions): NodeConnectionOptions {
  const { servers, login } = addressed(url);
  const authenticator =
    authenticatorOf(credentials) ?? (login && usernamePasswordAuthenticator(login.user, login.password));
  return {
    servers,
    ...(authenticator && { authenticator }),
    ...(inbox !== undefined && { inboxPrefix: inbox }),
    name,
    timeout: 5_000,
    // A stack for each request costs more than the request itself.
    noAsyncTraces: true,
    pingInterval: 10_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectMs,
    reconnectJitter: reconnectMs,
    reconnectJitterTLS: reconnectMs,
    // Credentials may be exchanged while the server already refuses the old ones.
    ignoreAuthErrorAbort: true,
    ...(tlsCa === undefined ? {} : { tls: tlsOptions(tlsCa, servers) }),
  };
}

// Further options reach the TLS connection, though the type does not name them.
const tlsOptions = (caFile: string, servers: readonly string[]) => ({
  caFile,
  checkServerIdentity: identityCheck(servers),
});

async function follow(nc: NatsConnection, onStatus: BusOptions['onStatus']): Promise<void> {
  let state: BusStatus['state'] = 'connected';
  const report = (now: BusStatus['state'], detail: string) => onStatus({ state: (state = now), detail });
  report('connected', nc.getServer());
  for await (const status of nc.status()) {
    if (status.type === 'reconnect') report('connected', status.server);
    if (status.type === 'disconnect') report('disconnected', `lost ${status.server}`);
    if (status.type === 'error') report(state, status.error.message);
  }
  report('closed', 'closed');
}

async function close(nc: NatsConnection): Promise<void> {
  if (nc.isClosed()) return;
  const done = new AbortController();
  await Promise.race([nc.drain().catch(() => undefined), pause(2_000, done.signal)]);
  done.abort();
  await nc.close();
}
