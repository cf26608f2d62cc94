import { randomUUID } from 'node:crypto';
import { exitCodeOfHttp, exitCodes } from '../exit-codes.ts';
import { Failure, type ProblemDetails } from '../failure.ts';
import { openEventStream, readEventStream } from './event-stream.ts';

export interface ApiOptions {
  readonly url: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** What is done to each text of an answer; default nothing. */
  readonly cleaned?: (text: string) => string;
}

export interface PostOptions {
  /** The same key again is answered with the same answer and does nothing; default a new one. */
  readonly key?: string;
  readonly query?: Query;
}

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Answer<T> {
  readonly status: number;
  /** Of the `Location` header. */
  readonly location: string | null;
  /** Path and query of the next page, of the `Link` header. */
  readonly next: string | null;
  readonly body: T;
}

const answersWithinMs = 30_000;

/** A thin client of the platform's HTTP interface, whose routes lie below `/v1`. */
export class Api {
  constructor(private readonly options: ApiOptions) {}

  /** @throws Failure with the exit code that fits */
  async get<T>(path: string, query?: Query): Promise<T> {
    return (await this.getPage<T>(path, query)).body;
  }

  async getPage<T>(path: string, query?: Query): Promise<Answer<T>> {
    return this.exchange<T>('GET', withQuery(path, query), { accept: 'application/json' });
  }

  /** @throws Failure with the exit code that fits */
  async getText(path: string): Promise<{ readonly text: string; readonly headers: globalThis.Headers }> {
    const response = await this.accepted('GET', path, { accept: 'text/plain' });
    return { text: await this.textOf(response), headers: response.headers };
  }

  /** @throws Failure with the exit code that fits */
  async post<T>(path: string, body: unknown, { key = randomUUID(), query }: PostOptions = {}): Promise<Answer<T>> {
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': key };
    return this.exchange<T>('POST', withQuery(path, query), headers, JSON.stringify(body));
  }

  /** The data of each event as it comes; ends when the server ends the stream, throws when the signal is aborted. */
  async *events(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const { url, token } = this.options;
    const body = await openEventStream(new URL(`${url}${path}`), token, signal);
    for await (const { data } of readEventStream(body)) yield data;
  }

  private async exchange<T>(method: string, path: string, headers: Headers, body?: string): Promise<Answer<T>> {
    const response = await this.accepted(method, path, headers, body);
    const location = response.headers.get('location');
    const next = nextOf(response.headers.get('link'));
    return { status: response.status, location, next, body: (await this.jsonOf(response)) as T };
  }

  private async accepted(method: string, path: string, headers: Headers, body?: string): Promise<Response> {
    const response = await this.send(method, path, headers, body, AbortSignal.timeout(answersWithinMs));
    if (!response.ok) throw await this.refusal(response);
    return response;
  }

  private async send(method: string, path: string, headers: Headers, body: string | undefined, limit: AbortSignal) {
    const { url, token, signal } = this.options;
    const identified = token ? { ...headers, authorization: `Bearer ${token}` } : headers;
    const signals = signal ? [limit, signal] : [limit];
    try {
      return await fetch(`${url}${path}`, {
        method,
        headers: identified,
        signal: AbortSignal.any(signals),
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(url, reasonOf(error));
    }
  }

  private async jsonOf(response: Response): Promise<unknown> {
    if (response.status === 204) return undefined;
    const text = await this.textOf(response);
    if (text === '') return undefined;
    try {
      return this.parsed(text);
    } catch {
      throw unreachable(this.options.url, 'what answers there is not Backstay');
    }
  }

  private parsed(text: string): unknown {
    const { cleaned } = this.options;
    return JSON.parse(text, cleaned && ((_, value: unknown) => (typeof value === 'string' ? cleaned(value) : value)));
  }

  private async textOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      this.options.signal?.throwIfAborted();
      throw unreachable(this.options.url, reasonOf(error));
    }
  }

  private async refusal(response: Response): Promise<Failure> {
    const { status } = response;
    const problem = this.problemIn(await this.textOf(response), response);
    const message = [problem.title, problem.detail].filter(Boolean).join(': ');
    return new Failure(exitCodeOfHttp(status, problem.type), message, { ...problem, status });
  }

  private problemIn(text: string, { status, statusText }: Response): ProblemDetails {
    try {
      const body = this.parsed(text) as ProblemDetails;
      if (typeof body.title === 'string') return body;
    } catch {
      // Not from Backstay itself: a proxy's page, or nothing.
    }
    return { title: `the platform answered ${status} ${statusText}`.trim() };
  }
}

type Headers = Readonly<Record<string, string>>;

function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/** The target of `rel="next"`, without its origin: a proxy may have another. */
export function nextOf(link: string | null): string | null {
  const found = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (!found) return null;
  const { pathname, search } = new URL(found, 'http://localhost');
  return pathname + search;
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${answersWithinMs / 1000} s`;
  return cause?.code ?? (cause?.message || message);
}

export function unreachable(url: string, reason: string): Failure {
  const detail = `${url}: ${reason}. Start one with \`backstay dev\`, or name yours with --url or BACKSTAY_URL`;
  const title = 'the platform is not reachable';
  return new Failure(exitCodes.unreachable, `${title}: ${detail}`, { title, detail });
}
