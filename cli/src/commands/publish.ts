import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { timeLimit } from '@backstay/hosts';
import type { HeardRequest, IntakeReply, RequestToPublish } from '@backstay/jetstream';
import { readNamed } from '../documents/read-file.ts';
import { requestOf, type RequestOptions } from '../documents/request.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure, ofFile } from '../failure.ts';
import { follow } from '../watch/follow.ts';
import type { Command } from './command.ts';

interface Options extends RequestOptions {
  readonly nats?: string;
  readonly creds?: string;
  readonly publisher?: string;
  readonly tlsCa?: string;
  readonly source?: string;
  readonly id?: string;
  readonly wait?: number;
  readonly watch?: boolean;
  readonly timeout?: number;
}

const connectsWithinMs = 10_000;
const appearsWithinMs = 30_000;
const usualWaitMs = 10_000;

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
  const wait = options.watch ? 0 : (options.wait ?? usualWaitMs);
  const { deploymentId: deployment, reply } = await publish(broker, { request, source, id }, interrupted, wait);
  if (options.watch) return (await follow(context, { id: deployment, timeoutMs: timeout, appearsWithinMs })).exitCode;
  if (reply !== null && 'problems' in reply) throw ofFile(rejected(deployment, reply), file, new Map([[file, text]]));
  context.emit({ id: deployment, source, eventId: id, accepted: reply !== null });
  context.say(reply === null ? stored(deployment, wait) : `accepted as ${deployment}: backstay watch ${deployment}`);
  return exitCodes.done;
};

function rejected(id: string, { problems }: Extract<IntakeReply, { readonly problems: unknown }>): Failure {
  const code = problems.every(({ of }) => of === 'request') ? exitCodes.usage : exitCodes.problems;
  const title = `the request for deployment ${id} was rejected`;
  return new Failure(code, title, { title, errors: problems });
}

function stored(id: string, wait: number): string {
  const published = `published as ${id}`;
  if (wait === 0) return `${published}: backstay watch ${id}`;
  return `${published}: it is stored, but no reply came. backstay watch ${id} shows what becomes of it; what cannot be read is parked, where an operator sees it`;
}

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

/**
 * Publishes, and waits for the reply of the platform where there is a time for it, in milliseconds.
 * @throws Failure when the broker cannot be reached or does not store the request
 */
export async function publish(
  broker: Broker,
  wanted: RequestToPublish,
  interrupted: AbortSignal,
  wait = 0,
): Promise<Pick<HeardRequest, 'deploymentId' | 'reply'>> {
  const { connectBus, publishAndHear, publishRequest } = await import('@backstay/jetstream');
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
    const published = { ...wanted, publisher: broker.publisher };
    if (wait === 0) return { ...(await publishRequest(bus.js, published)), reply: null };
    return await publishAndHear(bus, published, () => AbortSignal.any([timeLimit(wait), interrupted]));
  } catch (error) {
    if (error instanceof TypeError) throw new Failure(exitCodes.usage, error.message);
    throw refused((error as Error).message);
  } finally {
    await bus.close();
  }
}

const withoutPassword = (url: string) => url.replace(/\/\/[^@/]*@/, '//***@');
