import { headerProblem, type Lookup, type Request, substitute } from '@backstay/document';
import type { Fetch, HttpResponse } from './ports.ts';

/** A relative path where no base URL is known. */
export class NoBaseUrl extends Error {
  override readonly name = 'NoBaseUrl';

  constructor(readonly path: string) {
    super(`${path} is relative and the document has no base URL`);
  }
}

/** A header that HTTP itself sets. */
export class RefusedHeader extends Error {
  override readonly name = 'RefusedHeader';
}

export type Sending = {
  baseUrl: string | null;
  fetch: Fetch;
  /** Gives the values of `${NAME}`. */
  lookup: Lookup;
  timeoutMs: number;
  signal?: AbortSignal;
};

/**
 * Sends a request of the document with its names substituted: percent-encoded in the path, escaped in a JSON body.
 * Rejects with `UnknownNames` or `NoBaseUrl`, or as `fetch` does.
 */
export async function sendRequest(
  request: Request,
  { baseUrl, fetch, lookup, timeoutMs, signal }: Sending,
): Promise<HttpResponse> {
  const body = request.body === undefined ? undefined : bodyOf(request.body, lookup);
  const entries = Object.entries(request.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    substitute(value, lookup),
  ]);
  const headers = { ...(body?.json ? { 'content-type': 'application/json' } : {}), ...Object.fromEntries(entries) };
  const refused = entries.map(([name]) => headerProblem(name!)).find((problem) => problem !== undefined);
  if (refused !== undefined) throw new RefusedHeader(refused);
  const url = absolute(pathOf(request.path, lookup), baseUrl);
  return fetch(url, { method: request.method, headers, body: body?.text, deadlineMs: timeoutMs, signal });
}

/** A name at the very beginning stands for the beginning of a URL and is not encoded. */
function pathOf(path: string, lookup: Lookup): string {
  const [, start = '', rest = ''] = /^(\$\{[^{}]*\})?(.*)$/s.exec(path) ?? [];
  return substitute(start, lookup) + substitute(rest, lookup, 'url');
}

function bodyOf(body: string, lookup: Lookup): { text: string; json: boolean } {
  const json = /^\s*[[{"]/.test(body);
  return { text: substitute(body, lookup, json ? 'json' : 'plain'), json };
}

function absolute(path: string, baseUrl: string | null): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
  if (baseUrl === null) throw new NoBaseUrl(path);
  return `${baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
}
