import { NotUtf8, utf8Text } from '@backstay/document';
import { Lacking, unusable } from './lacking.ts';

export type Fetch = typeof fetch;

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const megabyte = 1024 * 1024;

async function boundedText(response: Response, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limitBytes) throw unusable(`the reply is larger than ${limitBytes / megabyte} MiB`);
    chunks.push(chunk);
  }
  try {
    return utf8Text(Buffer.concat(chunks));
  } catch (error) {
    throw error instanceof NotUtf8 ? unusable(`the reply is ${error.message}`) : error;
  }
}

interface Failure {
  readonly message?: string;
  readonly code?: string;
  readonly cause?: Failure;
}

/** `fetch` says "fetch failed" and keeps the reason as its cause; that of several tried addresses has only a code. */
function unreachable(failure: Failure): Lacking {
  const { message, code } = failure.cause ?? failure;
  return unusable(message || code || 'no connection');
}

export interface Asking {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly accept: string;
  readonly limitBytes: number;
}

/**
 * A bounded GET. Redirects are not followed: the address in the document is the one that was allowed.
 *
 * @throws Lacking (`error`)
 */
export async function get(url: string, { fetch, timeoutMs, accept, limitBytes }: Asking): Promise<Reply> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { headers: { accept }, redirect: 'manual', signal });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw unusable(
        `HTTP ${response.status}: redirected to ${response.headers.get('location')?.split('?', 1)[0] ?? 'nowhere'}, which is not followed`,
      );
    }
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text: await boundedText(response, limitBytes) };
  } catch (cause) {
    if (cause instanceof Lacking) throw cause;
    throw signal.aborted ? unusable(`no response within ${timeoutMs} ms`) : unreachable(cause as Failure);
  }
}

export const mebibytes = (count: number): number => count * megabyte;
