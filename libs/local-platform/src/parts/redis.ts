import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { redisRecipe } from '../find/recipe.ts';
import { search, sources } from '../find/search.ts';
import type { Program, Source } from '../find/source.ts';
import { requestFor } from '../find/program-request.ts';
import { PartFailed, PartMissing, type Part, type ProvisionOptions } from '../part.ts';
import { inContainer } from '../run/container.ts';
import { startServer, type Run } from '../run/server.ts';
import { useConfigured } from './configured.ts';
import { converse } from './conversation.ts';

const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

function login({ username, password }: URL): string {
  if (!password) return '';
  const words = [username, password].filter(Boolean).map(decodeURIComponent);
  return command('AUTH', ...words);
}

/** The server's version, once it serves data; while it loads, it answers with an error. */
async function ready(address: string): Promise<string> {
  const url = new URL(address);
  const request = `${login(url)}${command('PING')}${command('INFO', 'server')}`;
  const [host, port, tls] = [url.hostname, Number(url.port) || 6379, url.protocol === 'rediss:'];
  const reply = await converse({ host, port, tls, request, until: /redis_version:\S+\r\n|^-.*\r\n/m });
  const version = /redis_version:(\S+)/.exec(reply)?.[1];
  if (!version || !reply.includes('+PONG')) throw new Error(reply.trim());
  return version;
}

const memoryAlone = ['--save', '', '--appendonly', 'no'];

async function prepare(program: Program, directory: string, port: number, env: NodeJS.ProcessEnv): Promise<Run> {
  const data = join(directory, 'data');
  await mkdir(data, { recursive: true });
  if (program.kind === 'image') {
    const args = ['redis-server', ...memoryAlone];
    return inContainer({ image: program.origin, directory, ports: [port, 6379], data: [data, '/data'], args }, env);
  }
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', data, '--daemonize', 'no', ...memoryAlone];
  return { command: program.origin, args, env: { ...env, ...program.environment } };
}

async function start(options: ProvisionOptions, among: readonly Source[]): Promise<Part> {
  const { dataDir, say, env = process.env, signal, ephemeral } = options;
  const configured = env[redisRecipe.variable];
  if (configured) return useConfigured(redisRecipe, configured, ready, signal);
  const program = await search(await requestFor(redisRecipe, options), say, among);
  const directory = join(dataDir, 'redis');
  await mkdir(directory, { recursive: true });
  return startServer({
    name: 'redis',
    title: redisRecipe.title,
    origin: program.origin,
    directory,
    data: join(directory, 'data'),
    url: (port) => `redis://127.0.0.1:${port}`,
    stopSignal: 'SIGTERM',
    prepare: (port) => prepare(program, directory, port, env),
    ready,
    say,
    signal,
    scratch: ephemeral ? dataDir : undefined,
  });
}

/**
 * Redis, in memory alone: it is a cache, so a restart forgets everything by intention. The platform works without it;
 * where there is none, or where the configured one does not answer, `say` hears why and the answer is undefined.
 * @throws PartInUse
 */
export async function startRedis(options: ProvisionOptions, among = sources): Promise<Part | undefined> {
  try {
    return await start(options, among);
  } catch (error) {
    const absent = error instanceof PartMissing || error instanceof PartFailed;
    if (!absent || options.signal?.aborted) throw error;
    options.say(`going on without Redis, which is optional. ${error.message}`);
    return undefined;
  }
}
