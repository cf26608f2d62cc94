import type { GuardedFetch } from '@backstay/guarded-io';
import type { Fetch } from './reply.ts';

const largestReply = 5 * 1024 * 1024;
const bodiless = [204, 205, 304];

/** The guarded fetch in the form in which metric sources ask. */
export function telemetryFetch(fetch: GuardedFetch): Fetch {
  return async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const {
      status,
      content,
      headers: replyHeaders,
    } = await fetch(url instanceof Request ? url.url : url.toString(), {
      headers,
      signal: init.signal ?? undefined,
      maxBytes: largestReply,
    });
    return new Response(bodiless.includes(status) ? null : new Uint8Array(content), { status, headers: replyHeaders });
  };
}
