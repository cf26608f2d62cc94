import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsRecipe } from '../find/recipe.ts';
import { sources } from '../find/search.ts';
import type { Program } from '../find/source.ts';
import type { Part, ProvisionOptions } from '../part.ts';
import { inContainer } from '../run/container.ts';
import type { Run } from '../run/server.ts';
import { converse } from './conversation.ts';
import { startFound } from './found-server.ts';

interface ServerInfo {
  version: string;
  jetstream?: boolean;
}

/** The version in the greeting of the first server in a list of URLs, if it offers JetStream. */
async function ready(urls: string): Promise<string> {
  const first = urls.split(',')[0] as string;
  const { hostname, port } = new URL(first.includes('://') ? first : `nats://${first}`);
  const greeting = await converse({ host: hostname, port: Number(port) || 4222, until: /^INFO .*\r\n/ });
  const info = JSON.parse(greeting.slice('INFO '.length, greeting.indexOf('\r\n'))) as ServerInfo;
  if (!info.jetstream) throw new Error('JetStream is not enabled');
  return info.version;
}

const configuration = (listen: string, data: string, accounts: string) =>
  `listen: "${listen}"\njetstream { store_dir: ${JSON.stringify(data)} }\n${accounts}`;

/** @param accounts of the configuration; empty: anybody may do anything */
const prepareWith =
  (accounts: string) =>
  async (program: Program, directory: string, port: number, env: NodeJS.ProcessEnv): Promise<Run> => {
    const data = join(directory, 'jetstream');
    await mkdir(data, { recursive: true });
    if (program.kind === 'image') {
      // The container sees the folder of the data alone.
      await writeFile(join(data, 'nats.conf'), configuration('0.0.0.0:4222', '/data', accounts));
      const args = ['--config', '/data/nats.conf'];
      return inContainer({ image: program.origin, directory, ports: [port, 4222], data: [data, '/data'], args }, env);
    }
    const file = join(directory, 'nats.conf');
    await writeFile(file, configuration(`127.0.0.1:${port}`, data, accounts));
    return { command: program.origin, args: ['--config', file], env: { ...env, ...program.environment } };
  };

/**
 * NATS with JetStream. What is stored survives a restart; it is a way of delivery, never the record.
 * @throws PartMissing, PartFailed, PartInUse
 */
export function startNats(options: ProvisionOptions, among = sources): Promise<Part> {
  const prepare = prepareWith(options.natsAccounts ?? '');
  return startFound({ name: 'nats', recipe: natsRecipe, data: 'jetstream', prepare, ready }, options, among);
}
