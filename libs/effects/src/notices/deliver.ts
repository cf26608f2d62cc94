import { setTimeout as pause } from 'node:timers/promises';
import { HttpProblem } from '../http/errors.ts';
import type { GuardedFetch } from '../http/guarded-fetch.ts';
import type { SecretResolver } from '../secrets/secret-resolver.ts';
import { parseDestination, type Destination } from './destination.ts';

export type Notice = {
  /** The same for every attempt, also after a restart: the receiver recognises a repetition by it. */
  id: string;
  kind: string;
  text: string;
  deployment: { id: string; service: string; version: string; environment: string };
};

/** `detail` is recorded: it says what happened and never where a webhook leads. */
export type Delivery = { delivered: boolean; detail: string; attempts: number };

export type DeliveryOptions = {
  fetch: GuardedFetch;
  resolver: Pick<SecretResolver, 'has' | 'resolve'>;
  logger: { info: (fields: Record<string, unknown>, message: string) => void };
  signal?: AbortSignal;
  /** Default 3. */
  maxAttempts?: number;
  /** Before the second attempt, doubled each time; default 500 ms. */
  backoffMs?: number;
};

/** Delivers a notice, with bounded retries. Throws `UnsupportedDestination`; everything else is told by the answer. */
export async function deliver(destination: string, notice: Notice, options: DeliveryOptions): Promise<Delivery> {
  const parsed = parseDestination(destination);
  if (parsed.kind === 'webhook') return post(parsed, notice, options);
  options.logger.info({ notice }, notice.text);
  return { delivered: true, detail: 'written to the log', attempts: 1 };
}

type Webhook = Extract<Destination, { kind: 'webhook' }>;
type Attempt = { delivered: boolean; detail: string; final: boolean };

async function post(webhook: Webhook, notice: Notice, options: DeliveryOptions): Promise<Delivery> {
  if ('secret' in webhook && !options.resolver.has(webhook.secret)) {
    return { delivered: false, detail: `secret ${webhook.secret} is not provided`, attempts: 0 };
  }
  const url = 'secret' in webhook ? options.resolver.resolve(webhook.secret).reveal() : webhook.url;
  const { maxAttempts = 3, backoffMs = 500 } = options;
  for (let attempts = 1; ; attempts += 1) {
    const { delivered, detail, final } = await attempt(url, notice, options);
    const isLast = final || attempts >= maxAttempts;
    if (isLast || !(await paused(backoffMs * 2 ** (attempts - 1), options.signal)))
      return { delivered, detail, attempts };
  }
}

async function attempt(url: string, notice: Notice, { fetch, signal }: DeliveryOptions): Promise<Attempt> {
  try {
    const headers = { 'content-type': 'application/json', 'Backstay-Notice-Id': notice.id };
    const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(notice), signal });
    const delivered = status >= 200 && status <= 299;
    return { delivered, detail: `the webhook answered ${status}`, final: delivered || !isTransient(status) };
  } catch (error) {
    if (!(error instanceof HttpProblem))
      return { delivered: false, detail: 'the webhook could not be called', final: true };
    const final = error.code === 'not-allowed' || error.code === 'interrupted';
    // The problem's message names the host, which may be part of a secret; its reason does not.
    return { delivered: false, detail: `the webhook could not be called: ${error.reason}`, final };
  }
}

const isTransient = (status: number) => status >= 500 || status === 429 || status === 408;

/** False when the caller ended the pause. */
const paused = (ms: number, signal?: AbortSignal) => pause(ms, true, { signal }).catch(() => false);
