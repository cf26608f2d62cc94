import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { follow } from '../watch/follow.ts';
import { readNamed } from '../documents/read-file.ts';
import { requestOf, type RequestOptions } from '../documents/request.ts';
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
  const request = requestOf(file, text, options);
  const answer = await context.api.post<{ id?: string } | undefined>('/v1/deployments', request, { key: options.key });
  const id = answer.body?.id ?? idIn(answer.location);
  if (!id) throw new Failure(exitCodes.failed, 'the platform accepted the request and did not say under which id');
  if (options.watch) return (await follow(context, { id, timeoutMs: options.timeout })).exitCode;
  context.emit(answer.body ?? { id });
  context.say(`accepted as ${id}: backstay watch ${id}`);
  return exitCodes.done;
};
