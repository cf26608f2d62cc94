import { resolve } from 'node:path';
import { exitCodes } from '../exit-codes.ts';
import { usage } from '../failure.ts';
import type { Command } from './command.ts';

interface Options {
  readonly publisher?: readonly string[];
  readonly reader?: readonly string[];
  readonly envFiles?: boolean;
}

/** `backstay keys FOLDER`: a key for each service, publisher and reader, and the accounts of all of them. */
export const run: Command<[string], Options> = async (context, [given], options) => {
  const { publisher: publishers, reader: readers, envFiles: asEnvironment } = options;
  const folder = resolve(context.world.directory, given);
  const { accountsFile, keepKeys } = await import('@backstay/jetstream');
  const accounts = accountsFile(folder);
  const { keys, made } = await keepKeys(folder, { publishers, readers, asEnvironment }).catch((error: unknown) => {
    throw error instanceof TypeError ? usage(error.message) : error;
  });
  context.emit({ folder, accounts, made, keys });
  for (const file of made) context.say(`made ${file}`);
  if (made.length === 0) context.say('every key is there');
  context.say(
    `written ${accounts}, with public keys only: include it in the configuration of nats-server, and reload it`,
  );
  return exitCodes.done;
};
