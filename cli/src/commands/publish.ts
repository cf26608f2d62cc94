import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { timeLimit } from '@backstay/hosts';
import type { RequestToPublish } from '@backstay/jetstream';
import { readNamed } from '../documents/read-file.ts';
import { requestOf, type RequestOptions } from '../documents/request.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { follow } from '../watch/follow.ts';
import type { Command } from './command.ts';

interface Options extends RequestOptions {
  readonly nats?: string;
  readonly creds?: string;
  readonly publisher?: string;
  readonly tlsCa?: string;
  readonly source?: string;
  readonly id?: string;
  readonly watch?: boolean;
  readonly timeout?: number;
}

const connectsWithinMs = 10_000;
const appearsWithinMs = 30_000;

/** `backstay publish FILE`: the same request as `deploy`, as an event over NATS. */
export const run: Command<[string], Options> = async (context, [file], options) => {
  const { env, interrupted } = context.world;
  const text = await readNamed(context.world, file);
  const request = await requestOf(file, text, options);
  const { source = `backstay-publish/${hostname()}`, id = randomUUID(), timeout } = options;
  const creds = options.creds ?? env.BACKSTAY_NATS_CREDS;
  const broker = {
    url: options.nats ?? env.BACKSTAY_NATS_URL ?? 'nats://127.0.0.1:4222',
    creds,
    ...(creds === undefined && { seed: env.BACKSTAY_NATS_SEED }),
    publisher: options.publisher ?? env.BACKSTAY_NATS_PUBLISHER ?? publisherNamed(creds),
    tlsCa: options.tlsCa ?? env.BACKSTAY_NATS_TLS_CA,
  };
  const deployment = await publish(broker, { request, source, id }, interrupted);
  if (options.watch) return (await follow(context, { id: deployment, timeoutMs: timeout, appearsWithinMs })).exitCode;
  context.emit({ id: deployment, source, eventId: id });
  context.say(`published as ${deployment}: backstay watch ${deployment}`);
  return exitCodes.done;
};

/** Of the file that `backstay keys` has made; other credentials do not say whose they are. */
const publisherNamed = (creds: string | undefined): string | undefined =>
  creds?.endsWith('.nk') ? basename(creds, '.nk') : undefined;

export interface Broker {
  readonly url: string;
  readonly creds?: string;
  readonly seed?: string;
  /** On whose subject the request goes; none only for NATS without credentials. */
  readonly publisher?: string;
  readonly tlsCa?: string;
}

/** Returns the id of the deployment. @throws Failure when the broker cannot be reached or does not store the request */
export async function publish(broker: Broker, wanted: RequestToPublish, interrupted: AbortSignal): Promise<string> {
  const { connectBus, publishRequest } = await import('@backstay/jetstream');
  const signal = AbortSignal.any([timeLimit(connectsWithinMs), interrupted]);
  let last = 'no reply';
  const onStatus = ({ state, detail }: { state: string; detail: string }) =>
    void (state === 'disconnected' && (last = detail));
  const refused = (reason: string) =>
    new Failure(exitCodes.unreachable, `NATS at ${withoutPassword(broker.url)} did not accept the request: ${reason}`);
  const bus = await connectBus({ ...broker, name: 'backstay publish', onStatus, signal }).catch(() => {
    interrupted.throwIfAborted();
    throw refused(last);
  });
  try {
    return (await publishRequest(bus.js, { ...wanted, publisher: broker.publisher })).deploymentId;
  } catch (error) {
    if (error instanceof TypeError) throw new Failure(exitCodes.usage, error.message);
    throw refused((error as Error).message);
  } finally {
    await bus.close();
  }
}

const withoutPassword = (url: string) => url.replace(/\/\/[^@/]*@/, '//***@');
