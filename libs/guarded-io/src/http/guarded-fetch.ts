import { lookup as systemLookup } from 'node:dns/promises';
import { request as requestOverHttp, type IncomingMessage } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hasSecret, plainHost, secretInUrl } from '@backstay/document';
import { allowList, type AllowList } from './allow-list.ts';
import { HttpProblem, Interrupted, NotAllowed, TimedOut, TooLarge, Unreachable } from './errors.ts';
import { systemReason } from './system-errors.ts';

export type HttpRequest = {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for everything, from resolving the name to the last byte. */
  deadlineMs?: number;
  maxBytes?: number;
  signal?: AbortSignal;
};

export type HttpResponse = {
  status: number;
  statusText: string;
  /** Lower-cased names. */
  headers: Record<string, string>;
  /** Decoded as UTF-8. */
  body: string;
  /** The body as it came. */
  content: Uint8Array;
  bytes: number;
  /** Milliseconds until the last byte. */
  latencyMs: number;
};

export type Address = { address: string; family: number };

export type GuardOptions = {
  /** `host:port` patterns: `127.0.0.1:*`, `api.example.org:443`, `*.internal:8080`. */
  allow: string[];
  /** Default 10 s. */
  deadlineMs?: number;
  /** Default 1 MiB. */
  maxBytes?: number;
  resolve?: (host: string) => Promise<Address[]>;
};

/** Rejects with an `HttpProblem` where there is no response; redirects are responses, they are not followed. */
export type GuardedFetch = (url: string, request?: HttpRequest) => Promise<HttpResponse>;

/** `shown` is `host:port` as messages name it. */
export type Place = { host: string; port: number; shown: string };
type Target = Place & { url: URL };
type Resolve = NonNullable<GuardOptions['resolve']>;
type Limits = { deadlineMs: number; maxBytes: number };

/** HTTP that reaches listed hosts only: the name is resolved once, every address is checked, and a checked one is connected to. */
export function guardedFetch(options: GuardOptions): GuardedFetch {
  const allowed = allowList(options.allow);
  const resolve = options.resolve ?? systemResolve;
  return async (url, request = {}) => {
    const limits = {
      deadlineMs: request.deadlineMs ?? options.deadlineMs ?? 10_000,
      maxBytes: request.maxBytes ?? options.maxBytes ?? 1024 * 1024,
    };
    const target = targetOf(url);
    return withinDeadline(target.shown, limits.deadlineMs, request.signal, async (signal) => {
      const addresses = await checkedAddresses(target, allowed, resolve);
      signal.throwIfAborted();
      return exchange(target, addresses, request, limits, signal);
    });
  };
}

function targetOf(text: string): Target {
  if (!URL.canParse(text)) throw new NotAllowed('the URL', 'it is not an absolute http or https URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new NotAllowed(url.protocol, 'only http and https are called');
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const shown = `${url.hostname}:${port}`;
  if (hasSecret(text)) throw new NotAllowed(shown, secretInUrl);
  return { url, host: plainHost(url.hostname), port, shown };
}

export const systemResolve: Resolve = (host) => systemLookup(host, { all: true, verbatim: true });

/** What a place leads to, all of it allowed. Rejects with `NotAllowed` or `Unreachable`. */
export async function checkedAddresses(target: Place, allowed: AllowList, resolve: Resolve): Promise<Address[]> {
  if (!allowed.permitsHost(target.host, target.port)) throw new NotAllowed(target.shown);
  const addresses = await resolved(target, resolve);
  if (addresses.length === 0) throw new Unreachable(target.shown, 'host name not found');
  if (!addresses.every(({ address }) => allowed.permitsAddress(target.host, address, target.port))) {
    throw new NotAllowed(
      target.shown,
      'the host leads to a loopback or link-local address that is not in the allow-list',
    );
  }
  return addresses;
}

async function resolved({ host, shown }: Place, resolve: Resolve): Promise<Address[]> {
  const family = isIP(host);
  if (family) return [{ address: host, family }];
  try {
    return await resolve(host);
  } catch (error) {
    throw new Unreachable(shown, systemReason(error));
  }
}

/** Runs the work under one signal that the deadline and the caller can end, and says which of them did. */
async function withinDeadline<T>(
  host: string,
  deadlineMs: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (caller?.aborted) throw new Interrupted(host);
  const controller = new AbortController();
  const end = (problem: HttpProblem) => controller.abort(problem);
  const timer = setTimeout(() => end(new TimedOut(host, deadlineMs)), deadlineMs);
  const onAbort = () => end(new Interrupted(host));
  caller?.addEventListener('abort', onAbort, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', onAbort);
  }
}

function exchange(target: Target, addresses: Address[], request: HttpRequest, limits: Limits, signal: AbortSignal) {
  const send = target.url.protocol === 'https:' ? requestOverHttps : requestOverHttp;
  const started = performance.now();
  return new Promise<HttpResponse>((fulfil, reject) => {
    const fail = (error: unknown) =>
      reject(error instanceof HttpProblem ? error : new Unreachable(target.shown, systemReason(error)));
    const options = {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      agent: false,
      lookup: only(addresses),
      signal,
    };
    try {
      const call = send(target.url, options, (response) => {
        readBody(response, target, limits.maxBytes).then((body) => fulfil(responseOf(response, body, started)), fail);
      });
      call.on('error', fail);
      call.end(request.body);
    } catch (error) {
      // A method or a header that cannot be sent; the system's words may repeat its value.
      fail(error);
    }
  });
}

const headersOf = ({ headers = {}, body }: HttpRequest) => ({
  'accept-encoding': 'identity',
  'user-agent': 'backstay',
  ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
});

/**
 * Returns what was checked, so that a second look-up cannot lead elsewhere. Never at once: a connection that fails within the
 * call would emit its error before anybody listens, and end the process.
 */
function only(addresses: Address[]): LookupFunction {
  return (_host, options, done) =>
    process.nextTick(() => {
      if (options.all) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
}

async function readBody(response: IncomingMessage, target: Target, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLarge(target.shown, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function responseOf(response: IncomingMessage, body: Buffer, started: number): HttpResponse {
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    body: body.toString('utf8'),
    content: body,
    bytes: body.length,
    latencyMs: Math.round(performance.now() - started),
  };
}
