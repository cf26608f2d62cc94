import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { PlatformParts } from '@backstay/local-platform';
import { usage } from '../failure.ts';
import { Closing } from './closing.ts';
import { platformEntry } from './directories.ts';
import { startServiceProcess, type ServiceProcess } from './service-process.ts';

export interface PartsOptions {
  readonly dataDir: string;
  readonly say: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface ServicesOptions extends PartsOptions {
  readonly parts: LocalParts;
  /** 0 takes a free one. */
  readonly port: number;
  /** The profile of the environments. */
  readonly environments?: string;
  /** Where secrets come from; default the environment variables of this process. */
  readonly secrets?: string;
  readonly entry?: string;
}

export interface LocalParts extends PlatformParts {
  /** The folder with the keys of a NATS of ours; undefined for one that was configured, whose keys are its owner's. */
  readonly natsKeys: string | undefined;
  /** Where the services log in to a PostgreSQL of ours: they may append to the record, and change nothing of it. */
  readonly servicesUrl: string | undefined;
}

/** Who may publish requests to a NATS of ours, and who may hear its events. */
export const localName = 'local';

/** Starts PostgreSQL, NATS and, where there is one, Redis. @throws PartMissing, PartFailed, PartInUse */
export async function startParts({ dataDir, say, env, signal }: PartsOptions): Promise<LocalParts> {
  await mkdir(dataDir, { recursive: true });
  const natsKeys = env.BACKSTAY_NATS_URL ? undefined : join(dataDir, 'nats', 'keys');
  const [{ loginOf, startPlatformParts }, natsAccounts] = await Promise.all([
    import('@backstay/local-platform'),
    natsKeys === undefined ? undefined : accountsIn(natsKeys),
  ]);
  const parts = await startPlatformParts({ dataDir, say, env, signal, natsAccounts });
  try {
    const servicesUrl = env.BACKSTAY_POSTGRES_URL ? undefined : await loginOf(parts.postgres.url, 'backstay_services');
    return { ...parts, natsKeys, servicesUrl };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

async function accountsIn(natsKeys: string): Promise<string> {
  const { keepKeys } = await import('@backstay/jetstream');
  return (await keepKeys(natsKeys, { publishers: [localName], readers: [localName] })).accounts;
}

/** Starts all services in one process on top of the parts. @throws Failure */
export async function startServices(options: ServicesOptions): Promise<ServiceProcess> {
  const { dataDir, say, signal, entry = platformEntry } = options;
  const log = join(dataDir, 'platform.log');
  say(`starting the six services in one process, log in ${log}`);
  return startServiceProcess({ entry, env: servicesEnvironment(options), log, signal });
}

/** What the services get as their addresses. What a person has set stays. */
export function servicesEnvironment(options: Omit<ServicesOptions, 'say' | 'signal' | 'entry'>): NodeJS.ProcessEnv {
  const { parts, env, dataDir, port, environments, secrets } = options;
  return {
    BACKSTAY_AUTH: 'none',
    ...(environments && { BACKSTAY_ENVIRONMENTS: environments }),
    ...(secrets && { BACKSTAY_SECRETS: secrets }),
    ...env,
    BACKSTAY_DATA_DIR: dataDir,
    BACKSTAY_POSTGRES_URL: parts.servicesUrl ?? parts.postgres.url,
    ...(parts.servicesUrl && { BACKSTAY_POSTGRES_MIGRATION_URL: parts.postgres.url }),
    BACKSTAY_NATS_URL: parts.nats.url,
    ...(parts.natsKeys && natsCredentials(parts.natsKeys)),
    BACKSTAY_HTTP_HOST: '127.0.0.1',
    BACKSTAY_HTTP_PORT: String(port),
  };
}

/** Each service takes its own key from the folder; what is set for another NATS does not count here. */
const natsCredentials = (natsKeys: string): NodeJS.ProcessEnv => ({
  BACKSTAY_NATS_CREDS: join(natsKeys, 'services'),
  BACKSTAY_NATS_SEED: '',
  BACKSTAY_NATS_AUTH: '',
});

/** The usual port, or 0 for a free one when somebody has it. */
export async function portOrFree(usual: number): Promise<number> {
  return (await portProblem(usual)) === undefined ? usual : 0;
}

/** A port that was asked for is free, before anything is started for it; 0 always is. @throws Failure */
export async function mustBeFree(port: number): Promise<void> {
  const problem = await portProblem(port);
  if (problem !== undefined) throw usage(`port ${port} cannot be used: ${problem}; name another with --port`);
}

function portProblem(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(portProblems[String(code)] ?? message));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
}

const portProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens on it',
  EACCES: 'it is reserved for other users',
};

export interface LocalPlatform {
  readonly url: string;
  readonly parts: LocalParts;
  readonly ended: ServiceProcess['ended'];
}

/** Parts and services; what has started is registered in `closing`, also when the rest then fails. */
export async function startPlatform(
  options: Omit<ServicesOptions, 'parts'>,
  closing: Closing,
  start: typeof startParts = startParts,
): Promise<LocalPlatform> {
  const parts = await start(options);
  closing.later(() => parts.stop());
  options.signal.throwIfAborted();
  const services = await startServices({ ...options, parts });
  closing.later(() => services.stop());
  return { url: services.url, parts, ended: services.ended };
}
