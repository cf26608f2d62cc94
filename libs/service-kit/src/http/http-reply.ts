import type { Readable } from 'node:stream';

declare const sentAs: unique symbol;

/** A body that is sent as it is: JSON that was stored as text. */
export interface StoredJson {
  readonly [sentAs]: 'stored JSON';
}

/** A body that is sent as it is: no JSON of the contract. */
export interface OtherMedia {
  readonly [sentAs]: 'another medium';
}

type Headers = Readonly<Record<string, string>>;

/** A body with the headers that belong to it. A handler that has no headers to give returns the bare body. */
export class HttpReply<Body> {
  readonly body: Body;
  readonly headers: Headers;
  /** Set where an earlier reply is given again, else the route's own. */
  readonly status: number | undefined;

  constructor(body: Body, headers: Headers = {}, status?: number) {
    this.body = body;
    this.headers = headers;
    this.status = status;
  }

  /** @param json whose shape no compiler sees: the specification of all routes parses it */
  static storedJson(json: string, headers: Headers = {}): HttpReply<StoredJson> {
    return new HttpReply(json as unknown as StoredJson, { 'content-type': mediaTypes.json, ...headers });
  }

  static media(type: string, content: string | Readable, headers: Headers = {}): HttpReply<OtherMedia> {
    return new HttpReply(content as unknown as OtherMedia, { 'content-type': type, ...headers });
  }
}

export const asHttpReply = (value: unknown): HttpReply<unknown> =>
  value instanceof HttpReply ? value : new HttpReply(value);

export const mediaTypes = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  text: 'text/plain; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  script: 'text/javascript; charset=utf-8',
  problem: 'application/problem+json; charset=utf-8',
} as const;
