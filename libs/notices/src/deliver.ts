import { setTimeout as pause } from 'node:timers/promises';
import { parseDestination } from './destination.ts';
import { messageTo, type HttpRequest, type Message, type Notice, type Sent } from './message.ts';

export type { Notice };

/** `detail` is recorded: it says what happened, never where a webhook leads nor the text of a receiver's reply. */
export type Delivery = { delivered: boolean; detail: string; attempts: number };

/** Sends a request. Where there is no response it rejects with a `CallProblem`. */
export type Send = (url: string, request: HttpRequest & { signal?: AbortSignal }) => Promise<{ status: number }>;

/** `reason` does not name the host; what is not allowed or was interrupted is not tried again. */
export interface CallProblem extends Error {
  readonly code: string;
  readonly reason: string;
}

export interface Secrets {
  has(name: string): boolean;
  resolve(name: string): { reveal(): string };
}

export type DeliveryOptions = {
  fetch: Send;
  resolver: Secrets;
  logger: { info: (fields: Record<string, unknown>, message: string) => void };
  signal?: AbortSignal;
  /** Default 3. */
  maxAttempts?: number;
  /** Before the second attempt, doubled each time; default 500 ms. */
  backoffMs?: number;
};

/** Delivers a notice, with bounded retries. Throws `UnsupportedDestination`; everything else is in the reply. */
export async function deliver(destination: string, notice: Notice, options: DeliveryOptions): Promise<Delivery> {
  const parsed = parseDestination(destination);
  if (parsed.kind !== 'log') return send(parsed, notice, options);
  options.logger.info({ notice }, notice.text);
  return { delivered: true, detail: 'written to the log', attempts: 1 };
}

type Attempt = { delivered: boolean; detail: string; final: boolean };

async function send(destination: Sent, notice: Notice, options: DeliveryOptions): Promise<Delivery> {
  const { resolver, maxAttempts = 3, backoffMs = 500 } = options;
  const name = 'secret' in destination ? destination.secret : undefined;
  if (name !== undefined && !resolver.has(name))
    return { delivered: false, detail: `secret ${name} is not provided`, attempts: 0 };
  const secret = name === undefined ? '' : resolver.resolve(name).reveal();
  for (let attempts = 1; ; attempts += 1) {
    const message = messageTo(destination, attempts === 1 ? notice : { ...notice, possiblyRepeated: true }, secret);
    const { delivered, detail, final } = await attempt(message, options);
    const isLast = final || attempts >= maxAttempts;
    if (isLast || !(await paused(backoffMs * 2 ** (attempts - 1), options.signal)))
      return { delivered, detail, attempts };
  }
}

async function attempt({ url, receiver, request }: Message, { fetch, signal }: DeliveryOptions): Promise<Attempt> {
  try {
    const { status } = await fetch(url, { ...request, signal });
    const delivered = status >= 200 && status <= 299;
    return { delivered, detail: `${receiver} responded with ${status}`, final: delivered || !isTransient(status) };
  } catch (error) {
    if (!isCallProblem(error)) return { delivered: false, detail: `${receiver} could not be called`, final: true };
    const final = error.code === 'not-allowed' || error.code === 'interrupted';
    // The problem's message names the host, which may be part of a secret; its reason does not.
    return { delivered: false, detail: `${receiver} could not be called: ${error.reason}`, final };
  }
}

const isCallProblem = (error: unknown): error is CallProblem =>
  error instanceof Error && 'code' in error && 'reason' in error && typeof error.reason === 'string';

const isTransient = (status: number) => status >= 500 || status === 429 || status === 408;

/** False when the caller ended the pause. */
const paused = (ms: number, signal?: AbortSignal) => pause(ms, true, { signal }).catch(() => false);
