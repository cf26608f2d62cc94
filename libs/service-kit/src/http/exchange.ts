import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** What this service uses of a request and its reply, whatever server stands behind them. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Of the path, by name; may be replaced before a handler reads them. */
  readonly params: Record<string, string>;
  /** Checked against the contract before a handler reads it. */
  query: Record<string, unknown>;
  readonly raw: IncomingMessage;
}

export interface Reply {
  readonly raw: ServerResponse;
  readonly statusCode: number;
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  headers(values: Readonly<Record<string, string>>): unknown;
  send(body?: unknown): Reply;
  /** From here on the handler writes to `raw` itself. */
  hijack(): Reply;
}

export function headerOf({ headers }: Pick<Request, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
