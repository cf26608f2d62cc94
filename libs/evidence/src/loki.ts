import { createHash } from 'node:crypto';
import { NotUtf8, utf8Text } from '@backstay/document';
import { z } from 'zod';
import { called, noData, unreadable, type EvidenceFile } from './evidence-result.ts';
import type { LineSink } from './line-splitter.ts';
import { parsedJson } from './parsed-json.ts';
import type { Fetch } from './sources.ts';

const PAGE = 1_000;
const MOST_PAGES = 500;
const MAX_PAGE_BYTES = 20 * 1024 * 1024;

export type LokiRange = {
  url: string;
  query: string;
  /** The query as it was written: what is shown, where a secret may stand for a name. */
  shown: string;
  /** RFC 3339 */
  since: string;
  /** RFC 3339, not included */
  until: string;
  /** Of every request: a tenant, or who asks. */
  headers?: Record<string, string>;
  fetch: Fetch;
  pageSize?: number;
};

type Entry = { stream: string; time: bigint; line: string };

const replySchema = z.object({
  status: z.literal('success'),
  warnings: z.array(z.string()).nullish(),
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.string().regex(/^\d+$/), z.string()], z.unknown())),
      }),
    ),
  }),
});

/**
 * Reads a range from Loki's `query_range`, page by page, and passes its lines on. A page that is not full is not an end: a server may have a
 * smaller limit of its own; only a page without anything new is. An empty reply is not evidence: the query may be wrong.
 */
export async function readLoki(range: LokiRange, sink: Pick<LineSink, 'lines'>): Promise<EvidenceFile> {
  const { shown, pageSize = PAGE } = range;
  const path = `Loki ${shown}`;
  const hash = createHash('sha256');
  let bytes = 0;
  let start = nanoseconds(range.since);
  let seen = new Set<string>();
  let largest = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const entries = await pageFrom(start, range, pageSize);
    const fresh = entries.filter((entry) => !seen.has(keyOf(entry)));
    for (const { line } of fresh) {
      hash.update(`${line}\n`);
      bytes += Buffer.byteLength(line) + 1;
    }
    sink.lines(fresh.map(({ line }) => line));
    if (entries.length > largest) largest = entries.length;
    if (fresh.length === 0) {
      if (bytes === 0) throw noData(`Loki holds no line of ${shown} in this time`);
      if (entries.length > 1 && entries.length === largest)
        throw unreadable(`Loki holds more than ${largest} lines of ${shown} of one moment`);
      return { path, bytes, sha256: hash.digest('hex') };
    }
    // The next page begins at the last moment of this one, of which some lines may not have been on it.
    const last = entries.reduce((latest, { time }) => (time > latest ? time : latest), start);
    const kept = last === start ? [...seen] : [];
    seen = new Set([...kept, ...entries.filter(({ time }) => time === last).map(keyOf)]);
    start = last;
  }
  throw unreadable(`Loki holds more than ${MOST_PAGES * pageSize} lines of ${shown} in this time`);
}

async function pageFrom(start: bigint, range: LokiRange, limit: number): Promise<Entry[]> {
  const url = new URL(`${range.url.replace(/\/+$/, '')}/loki/api/v1/query_range`);
  const end = nanoseconds(range.until);
  const asked = { query: range.query, start: `${start}`, end: `${end}`, limit: `${limit}`, direction: 'forward' };
  url.search = new URLSearchParams(asked).toString();
  const { status, content } = await called(() =>
    range.fetch(url.href, { maxBytes: MAX_PAGE_BYTES, headers: range.headers }),
  );
  if (status !== 200) throw unreadable(`Loki responded with ${status} to ${range.shown}`);
  const reply = replySchema.safeParse(parsedJson(textOfReply(content, range.shown), 'the reply of Loki'));
  if (!reply.success) throw unreadable(`Loki did not respond to ${range.shown} with lines`);
  const [warning] = reply.data.warnings ?? [];
  if (warning !== undefined) throw unreadable(`Loki does not respond to ${range.shown} without a warning`);
  return reply.data.data.result.flatMap(({ stream, values }) =>
    values.map(([time, line]) => ({ stream: JSON.stringify(stream), time: BigInt(time), line })),
  );
}

function textOfReply(content: Uint8Array, shown: string): string {
  try {
    return utf8Text(content);
  } catch (error) {
    throw error instanceof NotUtf8 ? unreadable(`the reply of Loki to ${shown} is ${error.message}`) : error;
  }
}

const keyOf = ({ stream, time, line }: Entry) => `${stream} ${time} ${line}`;

/** Since 1970, of a time in RFC 3339 with as many digits as it has. */
function nanoseconds(time: string): bigint {
  const digits = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  const seconds = BigInt(Date.parse(time.replace(/\.\d+/, ''))) * 1_000_000n;
  return seconds + BigInt(digits.padEnd(9, '0'));
}
