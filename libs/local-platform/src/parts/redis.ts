import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { redisRecipe } from '../find/recipe.ts';
import { sources } from '../find/search.ts';
import type { Program } from '../find/source.ts';
import { PartFailed, PartMissing, type Part, type ProvisionOptions } from '../part.ts';
import { inContainer } from '../run/container.ts';
import type { Run } from '../run/server.ts';
import { converse } from './conversation.ts';
import { startFound } from './found-server.ts';

const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

function login({ username, password }: URL): string {
  if (!password) return '';
  const words = [username, password].filter(Boolean).map(decodeURIComponent);
  return command('AUTH', ...words);
}

/** The server's version, once it serves data; while it loads, it responds with an error. */
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

/**
 * Redis, in memory alone: it is a cache, so a restart forgets everything by intention. The platform works without it;
 * where there is none, or where the configured one does not respond, `say` hears why and the reply is undefined.
 * @throws PartInUse
 */
export async function startRedis(options: ProvisionOptions, among = sources): Promise<Part | undefined> {
  try {
    return await startFound({ name: 'redis', recipe: redisRecipe, data: 'data', prepare, ready }, options, among);
  } catch (error) {
    const absent = error instanceof PartMissing || error instanceof PartFailed;
    if (!absent || options.signal?.aborted) throw error;
    options.say(`going on without Redis, which is optional. ${error.message}`);
    return undefined;
  }
}
