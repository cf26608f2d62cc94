import type { AuditEntry } from '@backstay/projections';
import { Answer, mediaTypes } from '../http/answer.ts';
import { accepted } from '../http/accepted.ts';
import { auditOf } from './audit-entries.ts';
import { csv } from './csv.ts';
import type { Audited } from './deployments.ts';

/** The audit trail in the form that `Accept` prefers, with whether its chain of hashes holds. @throws {NotAcceptable} */
export function auditTrailAs(accept: string | undefined, audited: Audited): Answer {
  const { firstBroken } = audited;
  const intact = firstBroken === null;
  const told = { vary: 'Accept', 'backstay-audit-intact': String(intact) };
  const { entries } = auditOf(audited);
  const type = accepted(accept, [mediaTypes.json, mediaTypes.ndjson, mediaTypes.csv]);
  const headers = { 'content-type': type, ...told };
  switch (type) {
    case mediaTypes.json:
      return new Answer({ entries, intact, firstBroken }, headers);
    case mediaTypes.ndjson:
      return new Answer(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), headers);
    case mediaTypes.csv:
      return new Answer(csv(columns, entries.map(rowOf)), headers);
  }
}

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
