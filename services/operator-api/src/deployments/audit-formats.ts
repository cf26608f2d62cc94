import { auditTrail, type AuditEntry } from '@backstay/projections';
import { Answer, mediaTypes } from '../http/answer.ts';
import { accepted } from '../http/accepted.ts';
import { csv } from './csv.ts';
import type { History } from './deployments.ts';

const json = 'application/json';
const ndjson = 'application/x-ndjson';
const commaSeparated = 'text/csv';

/** The audit trail in the form that `Accept` wants most. @throws {NotAcceptable} */
export function auditTrailAs(accept: string | undefined, history: History): Answer {
  const { entries } = auditTrail(history);
  switch (accepted(accept, [json, ndjson, commaSeparated])) {
    case ndjson:
      return new Answer(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), formed(mediaTypes.ndjson));
    case commaSeparated:
      return new Answer(csv(columns, entries.map(rowOf)), formed(mediaTypes.csv));
    default:
      return new Answer({ entries }, { vary: 'Accept' });
  }
}

const formed = (type: string) => ({ 'content-type': type, vary: 'Accept' });

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
  const { time, version, type, actor, summary, eventId, causationId, correlationId, cursor, hash, data } = entry;
  const name = actor.claimed === true ? `${actor.name} (claimed)` : actor.name;
  return [time, version, type, name, summary, eventId, causationId, correlationId, cursor, hash, JSON.stringify(data)];
}
