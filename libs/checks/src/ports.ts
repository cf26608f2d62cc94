import type { Lookup } from '@backstay/document';

export type HttpRequest = {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  deadlineMs?: number;
  signal?: AbortSignal;
};

export type HttpResponse = {
  status: number;
  statusText: string;
  /** Lower-cased names. */
  headers: Record<string, string>;
  body: string;
  /** The body as it came, to be decoded without guessing where a value is read from it; absent: `body` is all there is. */
  content?: Uint8Array;
  latencyMs: number;
};

/** HTTP to allowed hosts. Rejects where there is no response; redirects are responses. */
export type Fetch = (url: string, request: HttpRequest) => Promise<HttpResponse>;

/** The URL of an allowed database or cache, with its names substituted. */
export type ServerUrl = (url: string, lookup: Lookup) => Promise<string>;

/** Why a call or a connection failed, in a message that may be shown. */
export type Explain = (error: unknown) => string;

/** Masks values in texts. */
export type Mask = (values: readonly string[]) => (text: string) => string;

/** An element: its children by name, its text as `#text` or as the value itself. */
export type XmlNode = Record<string, unknown>;

/** Reads XML of whatever origin. */
export type ReadXml = (text: string) => { ok: true; root: XmlNode } | { ok: false };
