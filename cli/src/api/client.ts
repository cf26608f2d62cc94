import { duration } from '@backstay/document';
import { randomUUID } from 'node:crypto';
import type { Contract, EventOf, InputOf, PreparedRequest, ResponseOf, Routes } from '@backstay/api-contract';
import { timeLimit } from '@backstay/hosts';
import { exitCodeOfHttp, exitCodes } from '../exit-codes.ts';
import { Failure, type ProblemDetails } from '../failure.ts';
import { openEventStream, readEventStream } from './event-stream.ts';

export interface ApiOptions {
  readonly url: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** What is done to each text of a reply; default nothing. */
  readonly cleaned?: (text: string) => string;
}

export interface CallOptions {
  /** Of a POST: the same key again gets the same reply and does nothing; default a new one. */
  readonly key?: string | undefined;
}

export interface Reply<T> {
  readonly status: number;
  /** Of the `Location` header. */
  readonly location: string | null;
  /** Path and query of the next page, of the `Link` header. */
  readonly next: string | null;
  readonly body: T;
}

type RouteOf<C extends Contract> = keyof C & string;

const replyWithinMs = 30_000;

const ourContract = async (): Promise<Routes> => (await import('@backstay/api-contract')).routes;

/** The client of the platform's HTTP API, made of its contract. Every method throws a Failure with the exit code that fits. */
export class Api<C extends Contract = Routes> {
  constructor(
    private readonly options: ApiOptions,
    /** Loaded with the first request. */
    private readonly contract: () => Promise<C> = ourContract as unknown as () => Promise<C>,
  ) {}

  async call<Name extends RouteOf<C>>(
    name: Name,
    input: InputOf<C[Name]>,
    options: CallOptions = {},
  ): Promise<Reply<ResponseOf<C[Name]>>> {
    return this.exchange(await this.prepared(name, input), options);
  }

  /** Each page of a list, from the one that is asked for to the last. */
  async *pages<Name extends RouteOf<C>>(name: Name, input: InputOf<C[Name]>): AsyncGenerator<ResponseOf<C[Name]>> {
    let request: PreparedRequest | null = await this.prepared(name, input);
    while (request !== null) {
      const { body, next }: Reply<ResponseOf<C[Name]>> = await this.exchange(request, {});
      yield body;
      request = next === null ? null : { method: 'GET', url: next };
    }
  }

  /** A response that is plain text. */
  async text<Name extends RouteOf<C>>(
    name: Name,
    input: InputOf<C[Name]>,
  ): Promise<{ readonly text: string; readonly headers: globalThis.Headers }> {
    const response = await this.accepted(await this.prepared(name, input), { accept: 'text/plain' });
    return { text: await this.textOf(response), headers: response.headers };
  }

  /**
   * The events of a stream as they come, those of one moment together; the first, perhaps empty, says that the stream is open.
   * Ends when the server ends the stream, throws when it falls silent or the signal is aborted.
   */
  async *events<Name extends RouteOf<C>>(
    name: Name,
    input: InputOf<C[Name]>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly EventOf<C[Name]>[]> {
    const { url, token } = this.options;
    const { url: path } = await this.prepared(name, input);
    const body = await openEventStream(new URL(`${url}${path}`), token, signal);
    for await (const events of readEventStream(body))
      yield events.map(({ data }) => this.parsed(data) as EventOf<C[Name]>);
  }

  private async prepared<Name extends RouteOf<C>>(name: Name, input: InputOf<C[Name]>): Promise<PreparedRequest> {
    const { requestTo } = await import('@backstay/api-contract');
    return requestTo(await this.contract(), name, input);
  }

  private async exchange<T>(request: PreparedRequest, { key = randomUUID() }: CallOptions): Promise<Reply<T>> {
    const { headerNames } = await import('@backstay/api-contract');
    const response = await this.accepted(request, {
      accept: 'application/json',
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
      ...(request.method === 'POST' && { [headerNames.idempotencyKey]: key }),
    });
    const location = response.headers.get(headerNames.location);
    const next = nextOf(response.headers.get(headerNames.link));
    return { status: response.status, location, next, body: (await this.jsonOf(response)) as T };
  }

  private async accepted(request: PreparedRequest, headers: Headers): Promise<Response> {
    const response = await this.send(request, headers, timeLimit(replyWithinMs));
    if (!response.ok) throw await this.refusal(response);
    return response;
  }

  private async send({ method, url: path, body }: PreparedRequest, headers: Headers, limit: AbortSignal) {
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
      throw unreachable(this.options.url, 'what responds there is not Backstay');
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
    const problem = await this.problemIn(await this.textOf(response), response);
    const message = [problem.title, problem.detail].filter(Boolean).join(': ');
    return new Failure(exitCodeOfHttp(status, problem.type, problem.code), message, { ...problem, status });
  }

  private async problemIn(text: string, { status, statusText }: Response): Promise<ProblemDetails> {
    const { problemSchema } = await import('@backstay/api-contract');
    try {
      const { title, ...more } = problemSchema.partial().parse(this.parsed(text));
      if (title !== undefined) return { title, ...more };
    } catch {
      // Not from Backstay itself: a proxy's page, or nothing.
    }
    return { title: `the platform responded with ${status} ${statusText}`.trim() };
  }
}

type Headers = Readonly<Record<string, string>>;

/** The target of `rel="next"`, without its origin: a proxy may have another. */
export function nextOf(link: string | null): string | null {
  const found = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (!found) return null;
  const { pathname, search } = new URL(found, 'http://localhost');
  return pathname + search;
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no response within ${duration(replyWithinMs)}`;
  return cause?.code ?? (cause?.message || message);
}

export function unreachable(url: string, reason: string): Failure {
  const detail = `${url}: ${reason}. Start one with \`backstay dev\`, or name yours with --url or BACKSTAY_URL`;
  const title = 'the platform is not reachable';
  return new Failure(exitCodes.unreachable, `${title}: ${detail}`, { title, detail });
}
