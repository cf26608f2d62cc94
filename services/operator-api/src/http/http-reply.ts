/** A body with the headers that belong to it. A handler that has no headers to give returns the bare body. */
export class HttpReply {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Set where an earlier answer is given again, else the route's own. */
  readonly status: number | undefined;

  constructor(body: unknown, headers: Readonly<Record<string, string>> = {}, status?: number) {
    this.body = body;
    this.headers = headers;
    this.status = status;
  }
}

export const asHttpReply = (value: unknown): HttpReply => (value instanceof HttpReply ? value : new HttpReply(value));

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
