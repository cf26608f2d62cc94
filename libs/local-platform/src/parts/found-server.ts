import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '../find/recipe.ts';
import { search } from '../find/search.ts';
import type { Program, Source } from '../find/source.ts';
import { requestFor } from '../find/program-request.ts';
import type { Part, ProvisionOptions } from '../part.ts';
import { startServer, type Run } from '../run/server.ts';
import { useConfigured } from './configured.ts';

/** A server that needs nothing but a directory and a port. */
export interface FoundServer {
  readonly name: 'nats' | 'redis';
  readonly recipe: Recipe;
  /** Name of the folder with its data, below its own. */
  readonly data: string;
  readonly prepare: (program: Program, directory: string, port: number, env: NodeJS.ProcessEnv) => Promise<Run>;
  /** The version of what responds under a URL. @throws Error while it does not */
  readonly ready: (url: string) => Promise<string>;
}

/** Uses the configured server, else starts the first program that is found. @throws PartMissing, PartFailed, PartInUse */
export async function startFound(
  { name, recipe, data, prepare, ready }: FoundServer,
  options: ProvisionOptions,
  among: readonly Source[],
): Promise<Part> {
  const { dataDir, say, env = process.env, signal, ephemeral } = options;
  const configured = env[recipe.variable];
  if (configured) return useConfigured(recipe, configured, ready, signal);
  const program = await search(await requestFor(recipe, options), say, among);
  const directory = join(dataDir, name);
  await mkdir(directory, { recursive: true });
  return startServer({
    name,
    title: recipe.title,
    origin: program.origin,
    directory,
    data: join(directory, data),
    url: (port) => `${name}://127.0.0.1:${port}`,
    stopSignal: 'SIGTERM',
    prepare: (port) => prepare(program, directory, port, env),
    ready,
    say,
    signal,
    scratch: ephemeral ? dataDir : undefined,
  });
}
