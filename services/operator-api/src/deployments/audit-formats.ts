import { Readable } from 'node:stream';
import type { AuditEntry } from '@backstay/projections';
import { headerNames, type QueryOf, type Routes } from '@backstay/api-contract';
import { HttpReply, mediaTypes, type ReplyTo } from '@backstay/service-kit/http';
import { accepted } from '../http/accepted.ts';
import { nextLink } from '../http/page-link.ts';
import type { AuditTrails } from './audit-trails.ts';
import { csv, csvRows } from './csv.ts';
import type { BrokenLink } from './deployments.ts';

const usualPage = 1_000;

interface Wanted {
  readonly id: string;
  readonly query: QueryOf<Routes['getAuditTrail']>;
  readonly accept: string | undefined;
  /** Of the request. */
  readonly url: string;
}

/**
 * The audit trail in the form that `Accept` prefers, with whether its chain of hashes holds: JSON in pages, NDJSON and CSV whole
 * where no page is asked for. @throws {NotAcceptable}
 */
export async function auditTrailAs(
  trails: AuditTrails,
  { id, query, accept, url }: Wanted,
): Promise<ReplyTo<'getAuditTrail'>> {
  const { asOf, after, limit } = query;
  const type = accepted(accept, [mediaTypes.json, mediaTypes.ndjson, mediaTypes.csv]);
  if (type !== mediaTypes.json && limit === undefined && after === undefined) {
    const firstBroken = await trails.verified(id, asOf);
    const text = textOf(trails.all(id, asOf, firstBroken), type);
    return HttpReply.media(type, Readable.from(text), headersOf(firstBroken));
  }
  const { entries, firstBroken, next } = await trails.page(id, { asOf, after, limit: limit ?? usualPage });
  const headers = { ...headersOf(firstBroken), ...nextLink(url, next, 'after') };
  if (type === mediaTypes.json)
    return new HttpReply({ entries, intact: firstBroken === null, firstBroken, next }, headers);
  return HttpReply.media(
    type,
    type === mediaTypes.ndjson ? ndjson(entries) : csv(columns, entries.map(rowOf)),
    headers,
  );
}

const headersOf = (firstBroken: BrokenLink | null): Record<string, string> => ({
  vary: 'Accept',
  [headerNames.auditIntact]: String(firstBroken === null),
});

async function* textOf(pages: AsyncIterable<readonly AuditEntry[]>, type: string): AsyncGenerator<string> {
  if (type === mediaTypes.csv) yield csv(columns, []);
  for await (const entries of pages) yield type === mediaTypes.csv ? csvRows(entries.map(rowOf)) : ndjson(entries);
}

const ndjson = (entries: readonly AuditEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

const columns = [
  'time',
  'version',
  'type',
  'actor',
  'summary',
  'eventId',
  'causationId',
  'correlationId',
  'cursor',
  'hash',
  'data',
];

function rowOf(entry: AuditEntry): (string | number | null)[] {
  const { time, version, type, by, summary, eventId, causationId, correlationId, cursor, hash, data } = entry;
  return [time, version, type, by, summary, eventId, causationId, correlationId, cursor, hash, JSON.stringify(data)];
}
