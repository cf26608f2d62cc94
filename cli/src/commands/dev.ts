import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demoSettings } from '../demo/settings.ts';
import { Closing } from '../dev/closing.ts';
import { dataDirectory } from '../dev/directories.ts';
import { leftLines, leftServices } from '../dev/left-services.ts';
import { stopLeftService } from '../dev/stop-service.ts';
import { interrupted } from '../dev/interrupted.ts';
import { localName, mustBeFree, portOrFree, startPlatform, type LocalParts } from '../dev/platform.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

const usualPort = 7300;

interface Options {
  readonly port?: number;
  readonly stopServices?: boolean;
}

/** `backstay dev`: the whole platform on this machine, until it is interrupted; its data stay for the next time. */
export const run: Command<[], Options> = async (context, _args, { port, stopServices }) => {
  if (port !== undefined) await mustBeFree(port);
  const { env, interrupted: signal } = context.world;
  const dataDir = dataDirectory(env);
  const closing = new Closing();
  const settings = settingsIn(dataDir);
  context.note(`data in ${dataDir}`);
  try {
    const options = { dataDir, say: context.note, env, signal, port: port ?? (await portOrFree(usualPort)) };
    const { url, parts, ended } = await startPlatform({ ...options, ...settings }, closing);
    context.emit({ url, nats: parts.nats.url, natsKeys: parts.natsKeys, dataDir });
    ready(url, parts).forEach((line) => context.say(line));
    const failure = await Promise.race([interrupted(signal), ended]);
    if (failure) throw failure;
    return exitCodes.done;
  } finally {
    context.note('stopping');
    await closing.close();
    await leave(context.note, env.BACKSTAY_ENVIRONMENTS ?? settings.environments, stopServices === true);
  }
};

/** What was deployed is not part of the platform: it goes on, and is listed, unless its end is asked for too. */
async function leave(note: (line: string) => void, profile: string | undefined, stops: boolean): Promise<void> {
  const left = await leftServices(profile);
  if (!stops) return leftLines(left).forEach(note);
  for (const { service, environment, root } of left) {
    note(`stopping ${service} in ${environment}`);
    await stopLeftService(root);
  }
}

/** The profile that a person keeps in the data directory; else what the demo left there. */
function settingsIn(dataDir: string): { environments?: string; secrets?: string } {
  const environments = join(dataDir, 'environments.yaml');
  return existsSync(environments) ? { environments } : demoSettings(dataDir);
}

const ready = (url: string, { nats, natsKeys }: LocalParts): string[] => [
  '',
  'Backstay is ready.',
  `  Dashboard  ${url}/`,
  `  API        ${url}/docs`,
  `  NATS       ${nats.url}`,
  '',
  `  backstay list --url ${url}`,
  ...(natsKeys
    ? [`  backstay publish FILE --nats ${nats.url} --creds ${join(natsKeys, 'publishers', `${localName}.nk`)}`]
    : []),
  '  ^C stops the platform; the data stay, and so do the services that were deployed (--stop-services).',
];
