import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure, ofFile } from '../failure.ts';
import { follow } from '../watch/follow.ts';
import { readNamed } from '../documents/read-file.ts';
import { requestOf, type RequestOptions } from '../documents/request.ts';
import type { DeployBody } from '@backstay/api-contract';
import { idIn } from './act.ts';
import type { Command } from './command.ts';

export interface DeployOptions extends RequestOptions {
  readonly key?: string;
  readonly watch?: boolean;
  readonly timeout?: number;
}

/** `backstay deploy FILE [--watch]` over HTTP. */
export const run: Command<[string], DeployOptions> = async (context, [file], options) => {
  const text = await readNamed(context.world, file);
  const request = await requestOf(file, text, options);
  const { id, body } = await ask(context, request, options.key).catch((error: unknown) => {
    throw ofFile(error, file, new Map([[file, text]]));
  });
  if (options.watch) return (await follow(context, { id, timeoutMs: options.timeout })).exitCode;
  context.emit(body);
  context.say(`accepted as ${id}: backstay watch ${id}`);
  return exitCodes.done;
};

/** Requests a deployment; returns its id and the body of the reply. @throws Failure */
export async function ask(
  { api }: Context,
  request: DeployBody,
  key: string | undefined,
): Promise<{ id: string; body: object }> {
  const { body, location } = await api.call('requestDeployment', { body: request }, { key });
  const id = body?.id ?? idIn(location);
  if (!id)
    throw new Failure(exitCodes.failed, 'the platform accepted the request without naming the id of the deployment');
  return { id, body: body ?? { id } };
}
