import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demoSettings } from '../demo/settings.ts';
import { Closing } from '../dev/closing.ts';
import { dataDirectory } from '../dev/directories.ts';
import { interrupted } from '../dev/interrupted.ts';
import { portOrFree, startPlatform } from '../dev/platform.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

const usualPort = 7300;

interface Options {
  readonly port?: number;
}

/** `backstay dev`: the whole platform on this machine, until it is interrupted; its data stay for the next time. */
export const run: Command<[], Options> = async (context, _args, { port }) => {
  const { env, interrupted: signal } = context.world;
  const dataDir = dataDirectory(env);
  const closing = new Closing();
  context.note(`data in ${dataDir}`);
  try {
    const options = { dataDir, say: context.note, env, signal, port: port ?? (await portOrFree(usualPort)) };
    const { url, parts, ended } = await startPlatform({ ...options, ...settingsIn(dataDir) }, closing);
    context.emit({ url, nats: parts.nats.url, dataDir });
    ready(url, parts.nats.url).forEach((line) => context.say(line));
    const failure = await Promise.race([interrupted(signal), ended]);
    if (failure) throw failure;
    return exitCodes.done;
  } finally {
    context.note('stopping');
    await closing.close();
  }
};

/** The profile that a person keeps in the data directory; else what the demo left there. */
function settingsIn(dataDir: string): { environments?: string; secrets?: string } {
  const environments = join(dataDir, 'environments.yaml');
  return existsSync(environments) ? { environments } : demoSettings(dataDir);
}

const ready = (url: string, nats: string): string[] => [
  '',
  'Backstay is ready.',
  `  Dashboard  ${url}/`,
  `  API        ${url}/docs`,
  `  NATS       ${nats}`,
  '',
  `  backstay list --url ${url}`,
  '  ^C stops everything; the data stay.',
];
