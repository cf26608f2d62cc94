import { asStored, type RecordedEvent } from '@backstay/event-sourcing';
import { auditTrail, type AuditEntry, type AuditTrail } from '@backstay/projections';
import type { Audited } from './deployments.ts';

/** The trail as it is recorded now; a fact that was changed may have lost what its summary is made of. */
export function auditOf({ history, firstBroken }: Audited): AuditTrail {
  return firstBroken === null ? auditTrail(history) : { entries: history.flatMap(entriesOf) };
}

function entriesOf(event: RecordedEvent): readonly AuditEntry[] {
  try {
    return auditTrail([event]).entries;
  } catch {
    const summary = 'cannot be told: its data is not what its type holds';
    return auditTrail([{ ...event, type: 'Unreadable' }]).entries.map((entry) => ({
      ...entry,
      type: asStored(event).type,
      summary,
    }));
  }
}
