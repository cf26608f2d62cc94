import type { AuditEntry } from '@backstay/projections';
import { Answer, mediaTypes } from '../http/answer.ts';
import { accepted } from '../http/accepted.ts';
import { auditOf } from './audit-entries.ts';
import { csv } from './csv.ts';
import type { Audited } from './deployments.ts';

const json = 'application/json';
const ndjson = 'application/x-ndjson';
const commaSeparated = 'text/csv';

/** The audit trail in the form that `Accept` wants most, with whether its chain of hashes holds. @throws {NotAcceptable} */
export function auditTrailAs(accept: string | undefined, audited: Audited): Answer {
  const { firstBroken } = audited;
  const intact = firstBroken === null;
  const told = { vary: 'Accept', 'backstay-audit-intact': String(intact) };
  const { entries } = auditOf(audited);
  switch (accepted(accept, [json, ndjson, commaSeparated])) {
    case ndjson:
      return new Answer(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), {
        'content-type': mediaTypes.ndjson,
        ...told,
      });
    case commaSeparated:
      return new Answer(csv(columns, entries.map(rowOf)), { 'content-type': mediaTypes.csv, ...told });
    default:
      return new Answer({ entries, intact, firstBroken }, told);
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
